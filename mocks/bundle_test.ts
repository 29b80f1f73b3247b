import assert from "node:assert/strict";

async function deno(args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd })
    .output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, error);
  return out;
}

Deno.test("a board runs from a bundle: nothing is read from the checkout or the network", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const program = new URL("./testdata/bundled.ts", import.meta.url).pathname;
    const checkout = new URL("..", import.meta.url).pathname;
    await deno(["bundle", "--quiet", "--code-splitting", "--outdir", directory, program], checkout);
    const sealed = ["--no-remote", "--no-npm", "--no-config", "--deny-net", "--deny-env"];
    // It may read its own files and nothing else.
    const run = ["run", ...sealed, `--allow-read=${directory}`, "bundled.js"];
    assert.equal(await deno(run, directory), "OK42\n");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
