/**
 * What CircuitPython does between programs (its main.c): boot.py into boot_out.txt, code.py, a wait for
 * a key, the REPL. Each of them, and each change between the friendly and the raw REPL, has an
 * interpreter of its own.
 */

import type { Messages } from "./messages.ts";

/** Thrown through the interpreter by `supervisor.reload()`. */
export class ReloadRequest extends Error {}

/** How a stay in the REPL ended. */
export type ReplEnd =
  /** Ctrl-D, or SystemExit. */
  | "reset"
  /** Ctrl-A or Ctrl-B changed its mode. */
  | "switched";

/** One interpreter, from its start to its end. */
export interface Run {
  /** Runs the first of `names` that there is. `announce` hears which; returns whether it exited. */
  runFirst(names: readonly string[], announce: (name: string) => void): boolean;
  /** The REPL; `greets` unless it has, as when its mode was changed. */
  repl(options: { greets: boolean }): ReplEnd;
}

/** What it needs of the board. */
export interface Stage {
  readonly messages: Messages;
  /** What opens boot_out.txt: version and board. */
  readonly identity: string;
  readonly autoreload: boolean;
  readonly connected: boolean;
  /** Whether the raw REPL is on; kept from one interpreter to the next. */
  readonly rawRepl: boolean;
  withInterpreter<T>(run: (interpreter: Run) => T): T;
  /** Runs `during` and returns what was said meanwhile. */
  recorded(during: () => void): string;
  /** Keeps what boot.py said. */
  writeBootOutput(text: string): void;
  say(text: string): void;
  /** The next key, if somebody is `connected`; undefined as soon as that is no longer so. */
  waitForKey(connected: boolean): number | undefined;
  /** Its sockets are closed. */
  restarts(): void;
}

/** supervisor/shared: clears the line of a terminal; main.c, `line_clear`. */
const LINE_CLEAR = "\x1b[2K\x1b[0G";
const CTRL_D = 0x04;
const BOOT_FILES = ["boot.py", "boot.txt"];
const CODE_FILES = ["code.txt", "code.py", "main.py", "main.txt"];

/** Runs from power-up until the power goes, which throws. */
export function supervise(stage: Stage): never {
  runBoot(stage);
  let skipRepl = true;
  let end: ReplEnd = "reset";
  let isFirst = true;
  let greets = true;
  for (;;) {
    if (!skipRepl) {
      end = reloading(() => stage.withInterpreter((run) => run.repl({ greets }))) ?? "reset";
      greets = end === "reset";
    }
    if (end === "switched") continue;
    if (!isFirst) {
      stage.say(stage.messages.softReboot);
      stage.restarts();
    }
    isFirst = false;
    skipRepl = !stage.rawRepl && runCode(stage);
  }
}

function runBoot(stage: Stage): void {
  const { messages } = stage;
  let text = stage.identity;
  stage.withInterpreter((run) => {
    text += stage.recorded(() => {
      run.runFirst(BOOT_FILES, (name) => stage.say(`${name}${messages.output}`));
    });
  });
  stage.writeBootOutput(text);
}

/** Returns whether it is to run again at once, without a REPL between. */
function runCode(stage: Stage): boolean {
  const { messages } = stage;
  let connectedAtStart = stage.connected;
  const sayStatus = () => {
    stage.say(LINE_CLEAR + (stage.autoreload ? messages.autoReloadOn : messages.autoReloadOff));
  };
  if (connectedAtStart) {
    stage.say("\r\n");
    sayStatus();
  }
  const exited = reloading(() =>
    stage.withInterpreter((run) =>
      run.runFirst(CODE_FILES, (name) => stage.say(`${LINE_CLEAR}${name}${messages.output}`))
    )
  );
  stage.say(messages.done);
  if (exited === undefined) return true;
  if (exited) return false;
  for (let invited = false;;) {
    const { connected } = stage;
    if (connected && !invited) {
      if (!connectedAtStart) sayStatus();
      stage.say(`\r\n${messages.pressAnyKey}`);
    }
    if (!connected) connectedAtStart = false;
    invited = connected;
    const key = stage.waitForKey(connected);
    if (key !== undefined) return key === CTRL_D;
  }
}

/** What `run` brings; undefined when its program asked to start again. */
function reloading<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ReloadRequest) return undefined;
    throw error;
  }
}
