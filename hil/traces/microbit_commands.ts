/** The commands of microbit.jsonl, and the file that they copy. */

import type { Words } from "../trace_testing.ts";

const LONG = `
squares = []
for number in range(10):
    # a comment that makes the code longer than a board without raw paste takes at once
    squares.append(str(number * number))
print(' '.join(squares))
`;

/** What is copied: text, line ends of both kinds, and bytes that a REPL takes as commands. */
export const NOTE = "a note\r\n\x01\x02\x03\x04\x05 and 'quotes'\n".repeat(8);

/** @param home a directory with `note.txt` in it, which holds {@linkcode NOTE} */
export function microbitCommands(home: string): Words[] {
  return [
    ["exec", "print('hello', 6 * 7)"],
    ["exec", LONG],
    ["exec", "def f():\n    return 1 / 0\nf()"],
    ["cp", `${home}/note.txt`, ":/"],
    ["rlist"],
    ["cat", ":/note.txt"],
    ["rm", "/note.txt"],
  ];
}
