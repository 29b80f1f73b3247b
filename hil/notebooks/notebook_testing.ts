/** Notebooks for tests. */

/** What a cell of a test's notebook has besides its source. */
interface CellParts {
  readonly tags?: readonly string[];
  readonly stdout?: string;
  readonly outputs?: readonly unknown[];
  /** Whether it was run before it was stored; else nothing is known about its output. */
  readonly run?: boolean;
}

/** A code cell with what it printed when it was stored. */
export function codeCell(
  source: string,
  { tags = [], stdout, outputs, run = true }: CellParts = {},
): Record<string, unknown> {
  const streams = stdout === undefined
    ? []
    : [{ output_type: "stream", name: "stdout", text: stdout }];
  return {
    cell_type: "code",
    metadata: tags.length === 0 ? {} : { tags },
    execution_count: run ? 1 : null,
    source,
    outputs: outputs ?? streams,
  };
}

/** A notebook file. */
export function notebookText(cells: readonly unknown[], metadata: unknown = {}): string {
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells });
}

/** A folder that goes. */
export async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "iot-notebooks-" });
  return {
    path,
    /** Writes a file and returns its path. */
    async write(name: string, text: string): Promise<string> {
      await Deno.writeTextFile(`${path}/${name}`, text);
      return `${path}/${name}`;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
