/** The messages that the kernel understands, each with its handler, named after its type. */

import { within } from "@/base/deadline.ts";
import { IotError } from "@/base/errors.ts";
import type { Json } from "@/wire/jupyter_message.ts";
import { complete, inspect } from "./answers.ts";
import type { Comms } from "./comms.ts";
import type { Executor } from "./executor.ts";
import type { History } from "./history.ts";
import { readHistoryQuery } from "./history_query.ts";
import type { Interpreter } from "./interpreter.ts";
import { isComplete } from "./is_complete.ts";
import { kernelInfo } from "./kernel_info.ts";
import type { RequestChannel } from "./kernel_sockets.ts";
import type { Request } from "./request.ts";

/** How long a shutdown waits for the running cell to notice, in milliseconds. Clients wait 5 s. */
const SHUTDOWN_MS = 2_000;

/** What handlers work with. */
export interface KernelState {
  readonly version: string;
  readonly interpreter: Interpreter;
  readonly executor: Executor;
  readonly history: History;
  readonly comms: Comms;
  /** Ends the kernel once the request that asked for it is answered. */
  stop(): void;
}

/** Makes the content of the reply; nothing for a message that has none. */
type Handler = (
  request: Request,
  kernel: KernelState,
) => Json | void | Promise<Json | void>;

/** Handlers by message type. */
type HandlerTable = Readonly<Record<string, Handler>>;

const kernel_info_request: Handler = (_request, { version }) => kernelInfo(version);

/** Interrupts the cell that runs, else what a widget set off. Harmless when nothing runs. */
export function interruptKernel({ executor, comms }: KernelState): void {
  if (!executor.interrupt()) comms.interrupt();
}

const interrupt_request: Handler = (_request, kernel) => {
  interruptKernel(kernel);
  return { status: "ok" };
};

const shutdown_request: Handler = async (request, { executor, comms, stop }) => {
  const content = { status: "ok", restart: request.content.restart === true };
  comms.close();
  await within(SHUTDOWN_MS, executor.close());
  // Clients that did not ask learn of it here.
  request.publish("shutdown_reply", content);
  stop();
  return content;
};

const complete_request: Handler = ({ content }, { interpreter }) => complete(interpreter, content);

const inspect_request: Handler = ({ content }, { interpreter }) => inspect(interpreter, content);

const is_complete_request: Handler = ({ content }) => {
  if (typeof content.code !== "string") throw new IotError(`The request has no "code".`, 2);
  return isComplete(content.code);
};

const history_request: Handler = async ({ content }, { history }) => ({
  status: "ok",
  history: await history.query(readHistoryQuery(content)),
});

const comm_info_request: Handler = async ({ content: { target_name: name } }, { comms }) => ({
  status: "ok",
  comms: await comms.info(typeof name === "string" ? name : undefined),
});

const comm_open: Handler = (request, { comms }) => comms.take(request);
const comm_msg: Handler = comm_open;
const comm_close: Handler = comm_open;

/** Handlers by the socket that a message comes on. */
export const HANDLERS: Readonly<Record<Exclude<RequestChannel, "stdin">, HandlerTable>> = {
  shell: {
    kernel_info_request,
    complete_request,
    inspect_request,
    is_complete_request,
    history_request,
    comm_info_request,
    comm_open,
    comm_msg,
    comm_close,
    shutdown_request,
  },
  control: { kernel_info_request, interrupt_request, shutdown_request },
};

/** What comes by stdin: no request, so that there is no status around it. */
export const ANSWER_TYPE = "input_reply";

/** The one type that waits its turn; everything else is answered while a cell runs. */
export const QUEUED_TYPE = "execute_request";
