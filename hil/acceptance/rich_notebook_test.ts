/** examples/rich.ipynb, run by `iot execute`: what it shows is in the notebook that is written. */

import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { iot, isolated, ROOT, temporaryDirectory } from "./support/product.ts";

interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly text?: string | readonly string[];
}

const joined = (text: unknown) => Array.isArray(text) ? text.join("") : String(text);

Deno.test("the notebook of rich output runs, and keeps what it shows", async () => {
  await using directory = await temporaryDirectory();
  const out = `${directory.path}/out.ipynb`;
  const { code, stderr } = await iot(["execute", `${ROOT}examples/rich.ipynb`, "-o", out], {
    env: isolated(directory.path),
  });
  strictEqual(code, 0, stderr);
  const { cells } = JSON.parse(await Deno.readTextFile(out)) as {
    cells: { id: string; outputs?: Output[] }[];
  };
  const outputs = (id: string) => cells.find((cell) => cell.id === id)!.outputs!;
  const types = (id: string) => outputs(id).map(({ data = {} }) => Object.keys(data).sort());

  const chart = ["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"];
  assertEquals(types("rich-03"), [chart]);
  match(joined(outputs("rich-03")[0].data!["text/plain"]), /^A damped swing\nswing: 80 points/);
  const tank = outputs("rich-05");
  assertEquals(tank.filter(({ data }) => data).length, 1);
  const text = tank.map(({ text }) => text === undefined ? "" : joined(text)).join("");
  assertEquals(text, "filling the tank ...\ndone\n");
  assertEquals(types("rich-08"), [chart]);
  assertEquals(types("rich-10"), [["text/html", "text/plain"], ["application/json", "text/plain"]]);
  // Updated in place: one picture, in its last state.
  assertEquals(types("rich-11"), [["image/svg+xml", "text/plain"]]);
  ok(joined(outputs("rich-11")[0].data!["image/svg+xml"]).includes('width="140"'));
  assertEquals(types("rich-13"), [["image/png", "text/plain"]]);
});
