/** Our notebook writer with Jupyter's nbformat beside it: the same bytes from both. */

import { strictEqual } from "node:assert/strict";
import { formatNotebook, parseNotebook } from "@/jupyter/notebook.ts";
import { run, temporaryDirectory, venv } from "./support/product.ts";

/** Every end of a line that Python knows, and what only looks like one. */
const TEXT = "a\r\nb\rc\nd\ve\ff\x1cg\x1dh\x1ei\x85j\u2028k\u2029l\x1fm\\n\n\r\r\n\nä😀\x7f\x00 z";

const stream = (text: unknown) => ({ output_type: "stream", name: "stdout", text });

const NOTEBOOK = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    "\uffee": 1,
    "😀": 2,
    "10": [],
    "9": {},
    "é": null,
    deep: { b: [[1, "x"], []], a: true },
  },
  cells: [
    {
      cell_type: "markdown",
      id: "a",
      metadata: {},
      source: TEXT,
      attachments: {
        "x.svg": { "image/svg+xml": TEXT, "image/png": "a\nb" },
      },
    },
    { cell_type: "raw", id: "b", metadata: {}, source: ["one", " and\n", "the\rsame"] },
    {
      cell_type: "code",
      id: "c",
      metadata: {},
      execution_count: null,
      source: "",
      outputs: [
        stream(TEXT),
        stream(["spl", "it\nelse", "where"]),
        stream(""),
        {
          output_type: "display_data",
          metadata: {},
          data: {
            "text/plain": TEXT,
            "text/html": ["a", "b\n"],
            "image/png": "aGVs\nbG8=\n",
            "image/svg+xml": "<svg>\n</svg>",
            "application/javascript": "a\nb",
            "application/json": { text: "a\nb", list: ["a\n", "b"] },
            "application/vnd.x+json": ["a\n", "b"],
          },
        },
        { output_type: "error", ename: "E", evalue: "a\nb", traceback: ["a\nb", "c"] },
      ],
    },
  ],
};

Deno.test("formatNotebook() writes what nbformat writes", async () => {
  await using directory = await temporaryDirectory();
  const [file, saved] = [`${directory.path}/in.ipynb`, `${directory.path}/out.ipynb`];
  const text = JSON.stringify(NOTEBOOK);
  await Deno.writeTextFile(file, text);
  const program = [
    "import sys, nbformat",
    "notebook = nbformat.read(sys.argv[1], 4)",
    "nbformat.validate(notebook)",
    "nbformat.write(notebook, sys.argv[2])",
  ].join("\n");
  const { code, stderr } = await run(await venv("python"), ["-c", program, file, saved]);
  strictEqual(code, 0, stderr);
  strictEqual(formatNotebook(parseNotebook(text, file)), await Deno.readTextFile(saved));
});
