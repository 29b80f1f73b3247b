import { deepStrictEqual as assertEquals, match, ok as assert, rejects } from "node:assert/strict";
import { historyIn } from "./history.ts";
import type { JsonReport } from "./json.ts";
import { everything, sampleBoard, sampleCheck, sampleRun } from "./sample_testing.ts";
import { prepareReports, writeReports } from "./write_reports.ts";

const RUN = sampleRun([sampleBoard("a", [sampleCheck()])]);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("writeReports() writes what was asked for, and takes over the page's history", async () => {
  await inFolder(async (folder) => {
    const paths = {
      junit: `${folder}/new/deep/r.xml`,
      json: `${folder}/r.json`,
      html: `${folder}/r.html`,
    };
    await prepareReports(paths);
    assertEquals(await namesIn(folder), ["new"], "nothing is left by the trial");
    await writeReports(RUN, paths);
    await writeReports({ ...RUN, startedMs: RUN.startedMs + 1 }, paths);
    assertEquals(await namesIn(folder), ["new", "r.html", "r.json"]);
    assert((await Deno.readTextFile(paths.junit)).startsWith("<?xml"));
    assertEquals(historyIn(await Deno.readTextFile(paths.html)).length, 2);
    const report: JsonReport = JSON.parse(await Deno.readTextFile(paths.json));
    assertEquals(report, { format: 1, ...RUN, startedMs: RUN.startedMs + 1 });
  });
});

Deno.test("prepareReports() says before a run what cannot be written after it", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await rejects(prepareReports({ html: `${folder}/file/r.html` }), {
      name: "UsageError",
      message: /^Cannot write the report ".*\/file\/r\.html": /,
    });
    await rejects(prepareReports({ json: folder }), { message: /it is a folder/ });
    await rejects(prepareReports({ json: "same", html: "same" }), {
      message: '--json and --html both name "same".',
    });
  });
});

Deno.test("writeReports() writes the others when one cannot be written", async () => {
  await inFolder(async (folder) => {
    const paths = { junit: `${folder}/missing/r.xml`, json: `${folder}/r.json` };
    await rejects(writeReports(RUN, paths), { name: "UsageError" });
    assertEquals(await namesIn(folder), ["r.json"]);
  });
});

Deno.test("the JSON report has no field that its documentation does not name", async () => {
  const docs = await Deno.readTextFile(new URL("../../docs/hil-report.md", import.meta.url));
  const report = JSON.parse(JSON.stringify({ format: 1, ...everything("x") }));
  const fields = new Set<string>();
  const collect = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(collect);
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      fields.add(name);
      collect(inner);
    }
  };
  collect(report);
  assert(fields.size > 30, `${fields.size}`);
  for (const name of fields) match(docs, new RegExp(`^ *\\| \`${name}\``, "m"));
});
