/** For tests: a kernel that does as it is told, to the letter or not. */

import { type ConnectionInfo, newConnection } from "./connection_file.ts";
import {
  deserialize,
  HeaderMaker,
  type Json,
  type JupyterMessage,
  type ReceivedMessage,
  serialize,
  Signer,
} from "./jupyter_message.ts";
import { RouterSocket } from "./router.ts";
import { LOOPBACK } from "./testing.ts";
import { XPubSocket } from "./xpub.ts";

/** What a message has besides its type. */
interface Parts {
  readonly content?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** Does what a test wants with a request. */
export type Script = (kernel: ScriptedKernel, request: ReceivedMessage) => void;

/** Answers `kernel_info_request` as kernels do, and everything else as its script says. */
export class ScriptedKernel implements AsyncDisposable {
  readonly #signer = new Signer(KEY);
  readonly #headers = new HeaderMaker({ username: "kernel" });
  readonly #sockets = new AsyncDisposableStack();
  readonly #script: Script;
  /** The requests that have come, but for `kernel_info_request`. */
  readonly requests: ReceivedMessage[] = [];
  /** What has come by stdin. */
  readonly answers: ReceivedMessage[] = [];
  connection: ConnectionInfo = { ...newConnection(), key: KEY };
  #shell!: RouterSocket;
  #stdin!: RouterSocket;
  #iopub!: XPubSocket;

  private constructor(script: Script) {
    this.#script = script;
  }

  /** Listens on ports of the system's choice. */
  static async start(script: Script): Promise<ScriptedKernel> {
    const kernel = new ScriptedKernel(script);
    const take = (frames: readonly Uint8Array[]) => deserialize(frames, kernel.#signer);
    const router = async (onMessage: (message: ReceivedMessage) => void) =>
      kernel.#sockets.use(
        await RouterSocket.bind(LOOPBACK, {
          onMessage: (identity, frames) => onMessage(take([identity, ...frames])),
        }),
      );
    kernel.#shell = await router((request) => kernel.#take(request));
    const control = await router((request) => kernel.#take(request));
    kernel.#stdin = await router((answer) => void kernel.answers.push(answer));
    kernel.#iopub = kernel.#sockets.use(await XPubSocket.bind(LOOPBACK));
    const port = ({ endpoint }: RouterSocket | XPubSocket) =>
      endpoint.transport === "tcp" ? endpoint.port : 0;
    const [shell, stdin, iopub] = [kernel.#shell, kernel.#stdin, kernel.#iopub].map(port);
    const ports = { shell, stdin, iopub, control: port(control), hb: 0 };
    kernel.connection = { ...kernel.connection, ports };
    return kernel;
  }

  /** Publishes a message on behalf of `request`, or of nobody. */
  publish(request: JupyterMessage | undefined, type: string, parts: Parts = {}): void {
    this.#iopub.publish(this.#frames(request, type, parts));
  }

  /** Publishes the status that ends `request`. */
  idle(request: JupyterMessage): void {
    this.publish(request, "status", { content: { execution_state: "idle" } });
  }

  /** Replies to `request`. */
  reply(request: ReceivedMessage, content: Json = { status: "ok" }): void {
    const type = request.header.msg_type.replace("_request", "_reply");
    this.#shell.send(request.identities[0], this.#frames(request, type, { content }));
  }

  /** Asks the client that sent `request` for a line. */
  ask(request: ReceivedMessage, content: Json): void {
    this.#stdin.send(request.identities[0], this.#frames(request, "input_request", { content }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.disposeAsync();
  }

  #take(request: ReceivedMessage): void {
    if (request.header.msg_type === "kernel_info_request") {
      this.reply(request);
      this.idle(request);
      return;
    }
    this.requests.push(request);
    this.#script(this, request);
  }

  #frames(
    request: JupyterMessage | undefined,
    type: string,
    { content = {}, buffers = [] }: Parts,
  ): readonly Uint8Array[] {
    const header = this.#headers.make(type);
    const message = {
      header,
      parentHeader: request?.header ?? {},
      metadata: {},
      content,
      buffers,
    };
    return serialize(message, { signer: this.#signer, prefix: [] });
  }
}

/** Both sides sign with it. */
const KEY = "a key for tests";
