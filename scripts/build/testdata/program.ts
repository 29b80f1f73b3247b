/** A small program for bundle_test.ts: text, a part that is loaded when used, a CommonJS package. */

import greeting from "./greeting.py" with { type: "text" };

const [what, ...rest] = Deno.args;
if (what === "parse") {
  const { ArgumentParser } = await import("argparse");
  class Parser extends ArgumentParser {
    override error(message: string): never {
      throw new Error(message);
    }
  }
  const parser = new Parser({ prog: "program" });
  parser.add_argument("-n", "--number", { choices: ["1", "2"], help: "one or two" });
  parser.add_argument("words", { nargs: "*" });
  try {
    console.log(JSON.stringify(parser.parse_args(rest)));
  } catch (error) {
    console.log((error as Error).message);
  }
  if (rest.length === 0) console.log(parser.format_help());
} else if (what === "part") {
  console.log((await import("./part.ts")).part());
} else {
  console.log(greeting.trim());
}
