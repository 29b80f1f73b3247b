import assert from "node:assert/strict";
import { within } from "@/base/deadline.ts";
import type { ExecOptions, ExecResult } from "@/repl/executor.ts";
import { ReplError } from "@/repl/repl_error.ts";
import type { Device } from "../device.ts";
import { writeInPlace } from "./write_plain.ts";

const FILE = { path: "/a.txt", name: "a.txt", content: Uint8Array.of(1, 2, 3) };
const HOW = { codeBytes: 700, base64: false, signal: undefined, quietMs: 20, onBytes: () => {} };

/** A board that runs all it is given, but for what `mute` matches: of that it says nothing. */
function boardWith(mute: RegExp) {
  const codes: string[] = [];
  const converse = async (code: string, { signal }: ExecOptions): Promise<ExecResult> => {
    codes.push(code);
    if (!mute.test(code)) return { stderr: "", interrupted: false };
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    throw new ReplError("busy", "sim://mute", "it does not stop");
  };
  const device: Pick<Device, "lost" | "url" | "converse"> = {
    lost: false,
    url: "sim://mute",
    converse,
  };
  return { device: device as Device, codes };
}

for (
  const [about, mute, wrong] of [
    ["as it opens the file", /o\("a\.txt"/, "it does not stop"],
    ["as it writes", /w\(b"/, "it does not stop"],
    ["as it tidies up", /NameError:pass/, undefined],
  ] as const
) {
  Deno.test(`writeInPlace() does not wait for ever for a board that goes mute ${about}`, async () => {
    const { device, codes } = boardWith(mute);
    const writing = writeInPlace(device, FILE, HOW);
    assert.ok(await within(10_000, writing), "it waits for ever");
    assert.equal(await writing, wrong);
    assert.match(codes.at(-1)!, /^try:_iot_\w+\.close\(\)/);
  });
}
