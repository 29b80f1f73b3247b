/** `iot exec` and `iot run` whose program calls input(): answered from standard input. */

import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { IOT, isolated, temporaryDirectory } from "./support/product.ts";

/** Runs the executable on a simulated board, with `input` on standard input. */
async function iot(args: readonly string[], input: string) {
  await using directory = await temporaryDirectory();
  const child = new Deno.Command(IOT, {
    args: ["-d", "sim://shell", ...args],
    env: isolated(directory.path),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("iot exec answers input() from a pipe, line by line", async () => {
  const code = "for i in range(3): print(repr(input('%d? ' % i)))";
  assertEquals(await iot(["exec", code], "one\r\n\nZoë"), {
    code: 0,
    stdout: "0? 'one'\n1? ''\n2? 'Zo\\xeb'\n",
    stderr: "",
  });
});

Deno.test("iot exec says that standard input has ended, and stops the program", async () => {
  const { code, stdout, stderr } = await iot(["exec", "print(1)\ninput('name? ')\nprint(2)"], "");
  assertEquals([code, stdout], [1, "1\nname? "]);
  match(stderr, /^iot: The program wants input, but standard input has ended\./);
});

Deno.test("iot run - has no standard input left for input()", async () => {
  const { code, stderr } = await iot(["run", "-"], "print(1)\ninput('name? ')\n");
  assertEquals(code, 1);
  match(stderr, /standard input has ended/);
});

Deno.test("iot exec shows a picture as a few words", async () => {
  const code = "print('\\x1b]4949;display;image/png;text;3;294;;abc\\x07')\nprint('on')";
  assertEquals(await iot(["exec", code], ""), {
    code: 0,
    stdout: "<image/png, 3 bytes>\non\n",
    stderr: "",
  });
});
