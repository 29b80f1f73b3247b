/** What a board has from one start of its interpreter to the next. */

import type { Front } from "./front/behaviour.ts";
import type { ControlDevice } from "./interpreter/control_device.ts";
import type { Interpreter } from "./interpreter/interpreter.ts";
import type { SerialPort } from "./interpreter/serial_port.ts";
import type { SystemCalls } from "./interpreter/system_calls.ts";

/** One interpreter, and what was made for it. */
export interface Life {
  readonly interpreter: Interpreter;
  readonly calls: SystemCalls;
  readonly front: Front;
  readonly port: SerialPort;
  readonly control: ControlDevice;
}
