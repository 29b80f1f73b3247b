import { writeAtomically } from "./atomic_file.ts";
import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";

Deno.test("writeAtomically() replaces a file and leaves nothing beside it", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await writeAtomically(`${directory}/a`, "one", { mode: 0o600 });
    assertEquals((await Deno.stat(`${directory}/a`)).mode! & 0o777, 0o600);
    await writeAtomically(`${directory}/a`, new Uint8Array([50]), { mode: 0o644 });
    assertEquals((await Deno.stat(`${directory}/a`)).mode! & 0o777, 0o600);
    assertEquals(await Deno.readTextFile(`${directory}/a`), "2");
    await Deno.mkdir(`${directory}/b/c`, { recursive: true });
    await rejects(writeAtomically(`${directory}/b`, "x"));
    assertEquals(
      await Array.fromAsync(Deno.readDir(directory), ({ name }) => name).then((n) => n.sort()),
      ["a", "b"],
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
