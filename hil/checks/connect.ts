/** A board can be got hold of, whatever it was doing. */

import { encode } from "@/base/bytes.ts";
import { pause } from "@/base/deadline.ts";
import { type Check, type CheckContext, defineCheck } from "./check.ts";
import { expectSame } from "./expect.ts";
import { anInterrupt, aPrompt } from "./needs.ts";

/** What a board is left in before it is connected to. */
interface State {
  readonly name: string;
  readonly summary: string;
  /** What is typed, in pieces between which the board has time to act. */
  readonly typed: readonly string[];
}

const CTRL_A = "\x01";
const CTRL_B = "\x02";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_E = "\x05";

/** To its prompt, from wherever the check before has left it. */
const PROMPT = ["\r", CTRL_C, CTRL_B];

const STATES: readonly State[] = [
  { name: "prompt", summary: "its friendly prompt", typed: PROMPT },
  { name: "half-line", summary: "a line that was not entered", typed: [...PROMPT, "print(1"] },
  {
    name: "continuation",
    summary: "the middle of a block",
    typed: [...PROMPT, "if True:\r", "    x = 1\r"],
  },
  { name: "paste", summary: "paste mode", typed: [...PROMPT, CTRL_E, "x = 1\r"] },
  { name: "raw", summary: "the raw REPL", typed: [...PROMPT, CTRL_A] },
  { name: "raw-half", summary: "the raw REPL with half a program", typed: [CTRL_A, "print(1"] },
  {
    name: "raw-paste-half",
    summary: "the middle of raw paste",
    typed: [CTRL_A, `${CTRL_E}A${CTRL_A}`, "print("],
  },
  {
    name: "loop",
    summary: "a program that computes for ever",
    typed: [CTRL_A, "while True:\r    pass\r", CTRL_D],
  },
  {
    name: "printing",
    summary: "a program that prints for ever",
    typed: [CTRL_A, "while True:\r    print('on and on')\r", CTRL_D],
  },
  {
    name: "input",
    summary: "a program that waits for input",
    typed: [CTRL_A, "input('name? ')\r", CTRL_D],
  },
];

/** How long a board is given to act on what was typed, in milliseconds. */
const ACT_MS = 150;

/** Getting hold of a board. */
export const CONNECT_CHECKS: readonly Check[] = STATES.map((state) =>
  defineCheck({
    name: `connect/${state.name}`,
    summary: `It can be connected to from ${state.summary}`,
    needs: [aPrompt, anInterrupt],
    run: (bench) => connectFrom(state, bench),
  })
);

async function connectFrom({ typed, summary }: State, bench: CheckContext): Promise<void> {
  const line = await bench.line();
  for (const text of typed) {
    await line.write(encode(text), { signal: bench.signal });
    // No answer tells in all of these states that the board has read it.
    await pause(ACT_MS, bench.signal);
  }
  const start = performance.now();
  const device = await bench.device();
  const answer = await device.evaluate("print(6 * 77)", { signal: bench.signal });
  bench.measure("connect", performance.now() - start, "ms");
  expectSame(answer, "462\n", `print(6 * 77) after connecting from ${summary}`);
}
