/** Programs that a simulated board can come with: states that real boards are found in. */

import aiorepl from "./python/aiorepl_main.py" with { type: "text" };

/** A program: what it is called, and the main.py that it is. */
export interface Program {
  readonly name: string;
  readonly summary: string;
  readonly main: string;
}

/** All programs there are. */
export const PROGRAMS: readonly Program[] = [
  {
    name: "aiorepl",
    summary: "a main.py with a prompt of its own, -->, which takes Ctrl-C for itself",
    main: aiorepl,
  },
  {
    name: "ticker",
    summary: "a main.py that prints now and then, until a Ctrl-C",
    main:
      "import time\nn = 0\nwhile True:\n    n += 1\n    print('tick', n)\n    time.sleep_ms(50)\n",
  },
  {
    name: "stubborn",
    summary: "a main.py that catches KeyboardInterrupt twice before it ends",
    main: "import time\ndef work():\n    while True:\n        print('busy')\n" +
      "        time.sleep_ms(20)\nfor _ in range(2):\n    try:\n        work()\n" +
      "    except KeyboardInterrupt:\n        print('not yet')\nwork()\n",
  },
];

/**
 * The program called `name`.
 *
 * @throws {RangeError} when there is none; the message lists those there are.
 */
export function programNamed(name: string): Program {
  const program = PROGRAMS.find((program) => program.name === name);
  if (program === undefined) {
    const known = PROGRAMS.map(({ name }) => name).join(", ");
    throw new RangeError(`There is no program "${name}". Programs are ${known}.`);
  }
  return program;
}
