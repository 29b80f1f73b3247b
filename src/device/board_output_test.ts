import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { encode } from "@/base/bytes.ts";
import { MemorySink } from "@/base/sink.ts";
import { BoardOutput, type Question } from "./board_output.ts";

/** An output, what it shows, and what it asks. */
function bench() {
  const sink = new MemorySink();
  const questions: Question[] = [];
  const output = new BoardOutput(sink, (question) => questions.push(question));
  return { sink, questions, push: (text: string) => output.push(encode(text)), output };
}

Deno.test("BoardOutput hands on text and displays in order", async () => {
  const { sink, push, output } = bench();
  await push("a\x1b]4949;display;text/html;te");
  await push("xt;3;220;;<b>\x07\nb\x1b[0m");
  await push("\x1b]49");
  await output.end();
  assertEquals(sink.stdout, "a<text/html, 3 bytes>\nb\x1b[0m\x1b]49");
});

Deno.test("BoardOutput asks, and takes just the echo of the answer away", async () => {
  const { sink, questions, push, output } = bench();
  await push("\x1b]4949;input\x07name? \x1b]4949;ask;echo\x07");
  assertEquals(questions.map(({ prompt, echo }) => [prompt, echo]), [["name? ", true]]);
  output.expectEcho(encode("Ada\n"));
  await push("Ad");
  await push("a\nAda\n");
  await output.end();
  assertEquals(sink.stdout, "Ada\n");
});

Deno.test("BoardOutput shows what is not the echo it expects", async () => {
  const { sink, push, output } = bench();
  await push("\x1b]4949;ask;echo\x07");
  output.expectEcho(encode("Ada\n"));
  await push("AX\nAda\n");
  await output.end();
  assertEquals(sink.stdout, "X\nAda\n");
});

Deno.test("BoardOutput takes away the line end that an interrupt makes a line editor print", async () => {
  const { sink, push, output } = bench();
  await push("\x1b]4949;ask;echo\x07");
  await push("\nb");
  await output.end();
  assertEquals(sink.stdout, "b");
});
