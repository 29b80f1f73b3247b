import { attributesOf, describeObject, modulesOn, namesInMain } from "./names.ts";
import type { Device } from "../device.ts";
import { OK, type Outcome } from "@/base/outcome.ts";
import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";

/** A board that answers each program with the next of `answers`: output, or the exception's text. */
function boardThatSays(...answers: (string | { raises: string })[]) {
  const programs: string[] = [];
  const device = {
    url: "sim://a",
    exec: (
      program: string,
      { onOutput }: { onOutput: (chunk: Uint8Array) => void },
    ): Promise<Outcome> => {
      programs.push(program);
      const answer = answers[Math.min(programs.length, answers.length) - 1];
      if (typeof answer === "string") {
        onOutput(new TextEncoder().encode(answer));
        return Promise.resolve(OK);
      }
      const [ename, evalue] = answer.raises.split(": ");
      const traceback = [answer.raises];
      return Promise.resolve(
        { status: "error", origin: "code", ename, evalue, traceback, exitCode: 1 },
      );
    },
  };
  return { device: device as unknown as Device, programs };
}

const { signal } = new AbortController();
const path = { root: "a", attributes: ["b"] };

Deno.test("questions are small, and leave no name behind", async () => {
  const { device, programs } = boardThatSays("");
  await attributesOf(device, path, { signal });
  await describeObject(device, path, { show: true, signal });
  await namesInMain(device, { builtin: true, signal });
  await modulesOn(device, { signal });
  for (const program of programs) {
    const defined = [...program.matchAll(/^def (\w+)/gm)].map(([, name]) => name);
    ok(program.endsWith(`finally:\n del ${defined}\n`), program);
    // A micro:bit has about 7 KB free and needs twice a program's size to compile it.
    ok(program.length < 1_600, `${program.length} bytes`);
  }
});

Deno.test("attributesOf() reads names with their kinds", async () => {
  const { device } = boardThatSays("fread\niunit\npvalue\ni<module>\ncType\n");
  assertEquals(
    await attributesOf(device, path, { signal }),
    new Map([
      ["read", "function"],
      ["unit", "instance"],
      ["value", "property"],
      ["Type", "class"],
    ]),
  );
});

Deno.test("a denial is an answer; what a board has no memory for is asked in parts", async () => {
  for (const raises of ["NameError: name 'a' isn't defined", "KeyError: b"]) {
    const { device, programs } = boardThatSays({ raises });
    assertEquals(await attributesOf(device, path, { signal }), undefined);
    assertEquals(programs.length, 1);
  }
  const full = boardThatSays({ raises: "MemoryError: " }, "", "", "", "", "fread\n");
  assertEquals((await attributesOf(full.device, path, { signal }))?.size, 1);
  const defined = full.programs.slice(1).flatMap((one) => /^def (\w+)/.exec(one)?.[1] ?? []);
  const forgotten = full.programs.flatMap((one) => /^globals\(\).pop\('(\w+)/.exec(one)?.[1] ?? []);
  assertEquals(forgotten, defined);
  assertEquals(defined.length, 4);
  const fuller = boardThatSays({ raises: "MemoryError: " }, "", { raises: "MemoryError: " });
  assertEquals(await attributesOf(fuller.device, path, { signal }), undefined);
});

Deno.test("a question that raises what is no answer is an error", async () => {
  const { device, programs } = boardThatSays({ raises: "SyntaxError: invalid syntax" });
  await rejects(attributesOf(device, path, { signal }), { name: "ReplError", code: "exception" });
  assertEquals(programs.length, 1);
});

Deno.test("describeObject() reads type and value", async () => {
  const { device } = boardThatSays("i\n<class 'int'>\n5\n");
  assertEquals(await describeObject(device, path, { show: false, signal }), {
    kind: "instance",
    type: "int",
    value: "5",
  });
});

Deno.test("modulesOn() reads help's columns, loaded modules and files", async () => {
  const help =
    "__main__          asyncio/core      os/__init__\nmachine           asyncio/__init__\n" +
    "Plus any modules on the filesystem\n";
  const { device } = boardThatSays(`${help}\nloaded\n\nmine.py\nfast.mpy\nnote.txt\npackage\n`);
  const found = await modulesOn(device, { signal });
  assertEquals([...found ?? []].toSorted(), [
    "asyncio",
    "asyncio.core",
    "fast",
    "loaded",
    "machine",
    "mine",
    "os",
    "package",
  ]);
});

Deno.test("modulesOn() is not taken in by a help() that knows no modules", async () => {
  const help = "object modules is of type str\n  count -- <function>\n";
  const { device } = boardThatSays(`${help}\n\nmine.py\n`);
  assertEquals([...await modulesOn(device, { signal }) ?? []], ["mine"]);
});
