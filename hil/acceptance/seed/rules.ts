/**
 * In what an example's output may differ from the specification's: one table, each entry with its
 * reason. A rule checks the form of what it takes away; what does not have it stays, and differs.
 */

/** What a cell printed and showed, on either side of a comparison. */
export interface Shown {
  /** Standard output. */
  readonly text: string;
  /** Standard error. */
  readonly stderr: string;
  /** Text of displays, such as the last line of a sync, in their last state. */
  readonly displays: readonly string[];
  /** The exception that ended the cell. */
  readonly traceback: string;
}

/** Both sides of a comparison. */
export interface Sides {
  readonly expected: Shown;
  readonly actual: Shown;
}

/** What stands for what the specification names. */
export interface Rig {
  /** Beginnings of addresses: the specification's and ours, the longest first. */
  readonly addresses: readonly (readonly [string, string])[];
  /** Sizes of the files that stand for the specification's, in bytes, by name. */
  readonly sizes: ReadonlyMap<string, number>;
}

interface Rule {
  readonly why: string;
  apply(sides: Sides, about: { rig: Rig; input: string }): Sides;
}

/** What holds for every cell, in this order. */
export const GENERAL_RULES = {
  "colours": {
    why: "The specification shows text without ANSI's sequences.",
    apply: onText(({ actual, ...sides }) => ({ ...sides, actual: withoutColours(actual) })),
  },
  "trailing spaces": {
    why: "Columns may be padded.",
    apply: onText(({ expected, actual }) => ({
      expected: withoutTrailing(expected),
      actual: withoutTrailing(actual),
    })),
  },
  "addresses": {
    why: "Each of the specification's is replaced by the one that stands for it, and no other.",
    apply: (sides, { rig }) =>
      onText(({ expected, actual }) => ({ expected: adapt(expected, rig), actual }))(sides),
  },
  "lines of the cell": {
    why: "A traceback counts the cell's lines, not those below its last magic, and quotes them.",
    apply({ expected, actual }, { input }) {
      const lines = input.split("\n");
      const above = lines.findLastIndex((line) => line.startsWith("%")) + 1;
      const traceback = expected.traceback.replace(
        /^( {2}File "<stdin>", line )(\d+)(.*)$/gm,
        (_, file, line, rest) => {
          const number = Number(line) + above;
          return `${file}${number}${rest}\n    ${lines[number - 1].trim()}`;
        },
      );
      return { expected: { ...expected, traceback }, actual };
    },
  },
} as const satisfies Record<string, Rule>;

/** What holds for the cells that name it. */
export const RULES = {
  "order of rows": {
    why: "Boards are listed as they answer.",
    apply: onText(({ expected, actual }) => ({
      expected: sorted(expected),
      actual: sorted(actual),
    })),
  },
  "more lines": {
    why: "There are more commands and options now; those of the specification are there, in order.",
    apply: onText(({ expected, actual }) => ({
      expected,
      actual: partOf(actual, expected) ? expected : actual,
    })),
  },
  "each board once": {
    why: "A board with two ways to it runs the cell once; its order is that of discovery.",
    apply: onText(({ expected, actual }) => ({
      expected: [...new Set(sections(expected))].sort().join(""),
      actual: sections(actual).sort().join(""),
    })),
  },
  "dates": {
    why: "Files are as old as the test.",
    apply: onText(({ expected, actual }) => ({
      expected: withoutDates(expected),
      actual: withoutDates(actual),
    })),
  },
  "sizes": {
    why: "Short files stand for the specification's; a listing must tell their sizes.",
    apply: (sides, { rig }) =>
      onText(({ expected, actual }) => ({
        expected: expected.replace(
          LISTED_SIZE,
          (_, name) => `${rig.sizes.get(name)}`.padStart(7),
        ),
        actual,
      }))(sides),
  },
  "measured time": {
    why: "A simulated board is as fast as its computer; its two figures must agree.",
    apply: onText(({ expected, actual }) => ({
      expected: withoutFigures(expected),
      actual: withoutFigures(actual),
    })),
  },
  "summary": {
    why: "A sync that did something ends with a line about it, beside its output.",
    apply({ expected, actual }) {
      const size = String.raw`\d+(?:\.\d)? (?:bytes?|KB|MB)`;
      const summary = new RegExp(String.raw`^\d+ files?, ${size} in \d+\.\d s, ${size}/s$`);
      const [first = "", ...displays] = actual.displays;
      return { expected, actual: summary.test(first) ? { ...actual, displays } : actual };
    },
  },
} as const satisfies Record<string, Rule>;

/** The name of a rule that cells name. */
export type RuleName = keyof typeof RULES;

/** `text` with the specification's addresses replaced by those that stand for them. */
export function adapt(text: string, { addresses }: Rig): string {
  return addresses.reduce((adapted, [theirs, ours]) => adapted.replaceAll(theirs, ours), text);
}

type Texts = Readonly<Record<"expected" | "actual", string>>;

/** A rule about standard output alone. */
function onText(change: (texts: Texts) => Texts): (sides: Sides) => Sides {
  return ({ expected, actual }) => {
    const texts = change({ expected: expected.text, actual: actual.text });
    return {
      expected: { ...expected, text: texts.expected },
      actual: { ...actual, text: texts.actual },
    };
  };
}

/** Also of a traceback, which is a text of its own. */
export function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex -- ANSI's sequences begin with one
  return text.replace(/\x1b\[[\d;]*m/g, "");
}

function withoutTrailing(text: string): string {
  return text.replace(/ +$/gm, "");
}

function sorted(text: string): string {
  return text.split("\n").sort().join("\n");
}

/** `----- NAME` and what is below, for each. */
function sections(text: string): string[] {
  return text.split(/^(?=\n----- )/m);
}

/**
 * Whether all lines of `part` are in `text`, in their order. The line of usage may name further
 * options behind the specification's, and the specification's last line may break off.
 */
function partOf(text: string, part: string): boolean {
  const lines = text.split("\n");
  const wanted = part.split("\n");
  let at = 0;
  return wanted.every((line, index) => {
    const breaksOff = line !== "" && index === wanted.length - 1;
    at = lines.findIndex((found, number) =>
      number >= at &&
      (found === line || breaksOff && found.startsWith(line) ||
        line.startsWith("usage: ") && found.startsWith(line) &&
          /^(?: \[--?[\w-]+\])*$/.test(found.slice(line.length)))
    ) + 1;
    return at > 0;
  });
}

/** The size that begins a row of a listing, with the file's name at the row's end. */
export const LISTED_SIZE = /^ *\d+(?= {2}[A-Z].* (\S+)$)/gm;

/** `%b %d %H:%M %Y`, where a listing has it. */
const LISTED_DATE =
  /^( *\d+ {2})(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d\d \d\d:\d\d \d{4}(?= {2})/gm;

function withoutDates(text: string): string {
  return text.replace(LISTED_DATE, "$1DATE");
}

/** What {@linkcode withoutFigures} takes apart: passes, their time in seconds, and passes a second. */
const FIGURES =
  /(?<=time for (\d+) passes = )([\d.e-]+)( seconds\nThis machine benchmarks at )([\d.e+]+)(?= pystones)/;

function withoutFigures(text: string): string {
  return text.replace(FIGURES, (figures, passes, seconds, between, rate) => {
    // They have six digits each.
    const agree = Math.abs(Number(passes) / Number(seconds) / Number(rate) - 1) < 1e-4;
    return agree ? `SECONDS${between}RATE` : figures;
  });
}
