import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import fc from "fast-check";
import { encode } from "@/base/bytes.ts";
import { MemorySink } from "@/base/sink.ts";
import { LastOutput } from "./last_output.ts";

Deno.test("LastOutput keeps what the last cell printed that printed anything", async () => {
  const last = new LastOutput();
  assertEquals(last.text, "");
  const sink = new MemorySink();
  const first = last.record(sink);
  await first.write("stdout", "1\n");
  await first.write("stderr", "no\n");
  await first.write("stdout", encode("2é\n"));
  assertEquals(last.text, "1\n2é\n");
  const second = last.record(sink);
  assertEquals(last.text, "1\n2é\n");
  await second.write("stdout", "3\n");
  assertEquals(last.text, "3\n");
  assertEquals(sink.stdout, "1\n2é\n3\n");
});

Deno.test("LastOutput keeps a megabyte at most, from the beginning of a line", async () => {
  const last = new LastOutput();
  const sink = last.record(new MemorySink());
  let all = "";
  for (let i = 0; i < 300; i++) {
    const text = `${i} `.repeat(i * 7) + "\n";
    all += text.repeat(3);
    await sink.write("stdout", text.repeat(3));
  }
  ok(all.length > 1_500_000);
  ok(last.text.length <= 1_048_576 && last.text.length > 1_040_000);
  ok(all.endsWith(`\n${last.text}`));
  await sink.write("stdout", "x".repeat(3_000_000) + "\nend\n");
  assertEquals(last.text, "end\n");
});

Deno.test("LastOutput joins what comes in parts", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary", maxLength: 3_000 })), (parts) => {
    const last = new LastOutput();
    const sink = last.record(new MemorySink());
    for (const part of parts) sink.write("stdout", part);
    assertEquals(last.text, new TextDecoder().decode(encode(parts.join(""))));
  }));
});
