/** Output to the terminal or pipe that this process was started in. */

import { Interrupted, IotError } from "@/base/errors.ts";
import { type StreamName, TextSink } from "@/base/sink.ts";

const ENCODER = new TextEncoder();
const NAMES: Readonly<Record<StreamName, string>> = {
  stdout: "standard output",
  stderr: "standard error",
};

/** Writes bytes as they come. */
export class TerminalSink extends TextSink {
  readonly colour = Deno.stdout.isTerminal() && !Deno.noColor;

  async write(stream: StreamName, data: Uint8Array | string): Promise<void> {
    let rest = typeof data === "string" ? ENCODER.encode(data) : data;
    try {
      while (rest.length > 0) rest = rest.subarray(await Deno[stream].write(rest));
    } catch (error) {
      // The reader went away (`iot run x.py | head -1`): nobody wants more of this, or to hear so.
      if (error instanceof Deno.errors.BrokenPipe) throw new Interrupted("");
      const reason = error instanceof Error ? error.message : String(error);
      throw new IotError(`Cannot write to ${NAMES[stream]}: ${reason}.`, 1, { cause: error });
    }
  }

  flush(): Promise<void> {
    return Promise.resolve(); // written is handed on
  }
}
