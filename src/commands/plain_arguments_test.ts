import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { ArgumentParser } from "argparse";
import fc from "fast-check";
import { declaredBy } from "./arguments.ts";
import { readPlainly } from "./plain_arguments.ts";
import { COMMANDS } from "./registry.ts";

type Declare = (parser: ArgumentParser) => void;

/** What argparse reads; undefined where it has something to say instead. */
function readByArgparse(declare: Declare, argv: readonly string[]) {
  class Strict extends ArgumentParser {
    override error(message: string): never {
      throw new Error(message);
    }
    override exit(): never {
      throw new Error("exit");
    }
    _print_message(): void {}
  }
  const parser = new Strict({ prog: "x" });
  declare(parser);
  try {
    return { ...parser.parse_args([...argv]) };
  } catch {
    return undefined;
  }
}

/** What is read plainly must be what argparse reads; returns whether it was. */
function agrees(declare: Declare, argv: readonly string[]): boolean {
  const plain = readPlainly(declare, argv);
  if (plain !== undefined) assertEquals(plain, readByArgparse(declare, argv));
  return plain !== undefined;
}

/** Words that mean something to argparse, and others. */
const WORDS = fc.oneof(
  fc.constantFrom("-d", "--device", "--all", "-a", "-q", "--dry-run", "--dry", "-o", "--out"),
  fc.constantFrom(
    "-",
    "--",
    "-1",
    "-d=x",
    "--out=x",
    "-aq",
    "-h",
    "--help",
    "",
    " ",
    "a b",
    "-a b",
  ),
  fc.constantFrom("code", "print(1)", "x=-1", "@file", "é", "a\nb", "__proto__"),
  fc.string({ maxLength: 4 }),
);

const ARGUMENTS: readonly ((parser: ArgumentParser) => void)[] = [
  (parser) => parser.add_argument("code", { metavar: "CODE", help: "Python" }),
  (parser) => parser.add_argument("to"),
  (parser) => parser.add_argument("-d", "--device", { dest: "device option" }),
  (parser) => parser.add_argument("-a", "--all", { action: "store_true" }),
  (parser) => parser.add_argument("-q", { action: "store_true", help: "quietly" }),
  (parser) => parser.add_argument("--dry-run", { action: "store_true", default: undefined }),
  (parser) => parser.add_argument("-o", "--out", { default: "iot" }),
];
/** Those that only argparse reads. */
const OTHERS: readonly ((parser: ArgumentParser) => void)[] = [
  (parser) => parser.add_argument("more", { nargs: "*" }),
  (parser) => parser.add_argument("maybe", { nargs: "?" }),
  (parser) => parser.add_argument("--count", { type: "int" }),
  (parser) => parser.add_argument("--kind", { choices: ["a", "code"] }),
  (parser) => parser.add_argument("--must", { required: true }),
  (parser) => parser.add_argument("--off", { action: "store_false" }),
  (parser) => parser.add_argument("--also", { action: "append" }),
  (parser) => parser.add_argument("--over", { dest: "all" }),
  (parser) => parser.add_mutually_exclusive_group().add_argument("-x", { action: "store_true" }),
];

Deno.test("readPlainly() reads what argparse reads, or nothing", () => {
  let read = 0;
  const declarations = fc.tuple(
    fc.shuffledSubarray([...ARGUMENTS]),
    fc.subarray([...OTHERS], { maxLength: 1 }),
  ).map(([some, [other]]) => other === undefined || some.length > 4 ? some : [...some, other]);
  const property = fc.property(declarations, fc.array(WORDS, { maxLength: 5 }), (parts, argv) => {
    if (agrees((parser) => parts.forEach((part) => void part(parser)), argv)) read++;
  });
  fc.assert(property, { numRuns: 2_000 });
  ok(read > 50, `only ${read} were plain`);
});

Deno.test("readPlainly() reads every command of the shell as argparse does", () => {
  for (const command of COMMANDS.filter(({ surfaces }) => surfaces.includes("shell"))) {
    const { declare } = declaredBy(command, "shell");
    const property = fc.property(fc.array(WORDS, { maxLength: 3 }), (argv) => {
      agrees(declare!, argv);
    });
    fc.assert(property, { numRuns: 100 });
  }
});

Deno.test("readPlainly() reads a short command", () => {
  const declare: Declare = (parser) => [0, 2, 3].forEach((index) => void ARGUMENTS[index](parser));
  const values = { "device option": undefined, all: false, code: "print(1)" };
  assertEquals(readPlainly(declare, ["print(1)"]), values);
  assertEquals(readPlainly(declare, ["--device", "sim://x", "print(1)", "-a"]), {
    ...values,
    "device option": "sim://x",
    all: true,
  });
});

Deno.test("readPlainly() leaves to argparse what it alone knows", () => {
  const declare: Declare = (parser) => [0, 2, 3].forEach((index) => void ARGUMENTS[index](parser));
  for (
    const argv of [
      ...[[], ["a", "b"], ["-h"], ["--", "a"], ["--al", "a"], ["-ad", "x", "a"], ["a", "-d"]],
      ...[["--device=x", "a"], ["-dx", "a"], ["-1"], ["-d", "-a", "a"]],
    ]
  ) assertEquals(readPlainly(declare, argv), undefined);
  for (const other of OTHERS) {
    assertEquals(readPlainly((parser) => (ARGUMENTS[3](parser), other(parser)), []), undefined);
  }
});
