/**
 * Packs a bundled program and a Deno runtime into one executable that unpacks itself: a shell
 * script, followed by the parts, each compressed with gzip. docs/building.md shows the layout.
 */

import { gzipSync } from "node:zlib";
import { type App, MAIN } from "./bundle.ts";
import launcher from "./launcher.sh" with { type: "text" };
import type { Target } from "./targets.ts";

/** What goes into a packed executable. */
export interface Contents {
  readonly app: App;
  /** The Deno executable, of `runtimeVersion`, for `target`. */
  readonly runtime: Uint8Array<ArrayBuffer>;
  readonly runtimeVersion: string;
  readonly target: Target;
  /** The program's version. */
  readonly version: string;
}

/**
 * Variables by which a user tunes a Deno of their own, and which would change or break the one
 * inside: `deno help` and the strings of Deno 2.9's executable.
 */
const FOREIGN_SETTINGS = [
  "DENO_AUDIT_PERMISSIONS",
  "DENO_AUTO_SERVE",
  "DENO_COMPAT",
  "DENO_CONDITIONS",
  "DENO_COVERAGE_DIR",
  "DENO_DIR",
  "DENO_EMIT_CACHE_MODE",
  "DENO_LOG",
  "DENO_NO_UPDATE_CHECK",
  "DENO_TRACE_PERMISSIONS",
  "DENO_UNSTABLE_CONTROL_SOCK",
  "DENO_V8_FLAGS",
  "NODE_CHANNEL_FD",
];

/**
 * Runs before the program: takes the launcher's settings for Deno out of the environment and puts
 * the user's own back, so that the processes which the program starts see what the user has set.
 */
const RESTORE_ENVIRONMENT = `{
  const names = Deno.env.get("IOT_DENO_ENV");
  if (names !== undefined) {
    for (const name of ["IOT_DENO_ENV", "DENO_DIR", "DENO_NO_UPDATE_CHECK"]) Deno.env.delete(name);
    for (const name of names.split(" ").slice(1)) {
      Deno.env.set(name, Deno.env.get("IOT_WAS_" + name));
      Deno.env.delete("IOT_WAS_" + name);
    }
  }
}
`.replace(/\n\s*/g, " ").trimEnd() + "\n";

/** One compressed part: where it goes below the cache, and with which mode. */
interface Part {
  readonly path: string;
  readonly mode: "600" | "700";
  readonly data: Uint8Array;
}

/** The packed executable's bytes: the same for the same contents, on every machine. */
export async function pack(contents: Contents): Promise<Uint8Array<ArrayBuffer>> {
  const app = new Map([...contents.app].sort(([a], [b]) => a < b ? -1 : 1));
  // Last, since its name says that the others are there.
  app.delete(MAIN);
  app.set(MAIN, RESTORE_ENVIRONMENT + contents.app.get(MAIN));

  const runtimeName = `deno-${contents.runtimeVersion}-${await digest([contents.runtime])}`;
  const encoder = new TextEncoder();
  const files = [...app].map(([name, text]) => ({ name, data: encoder.encode(text) }));
  const appName = `app-${contents.version}-${await digest([
    encoder.encode(runtimeName),
    ...files.flatMap(({ name, data }) => [encoder.encode(name), data]),
  ])}`;

  const parts: Part[] = [
    { path: `${runtimeName}/iot`, mode: "700", data: contents.runtime },
    { path: `${appName}/runtime`, mode: "600", data: encoder.encode(`${runtimeName}\n`) },
    ...files.map(({ name, data }) => ({ path: `${appName}/${name}`, mode: "600" as const, data })),
  ];
  const bytes = parts.reduce((sum, { data }) => sum + data.length, 0);
  const compressed = parts.map((part) => ({ ...part, data: gzip(part.data) }));
  const header = render(compressed, {
    VERSION: contents.version,
    TARGET: contents.target.triple,
    MACHINE: contents.target.machine,
    RUNTIME: runtimeName,
    APP: appName,
    APP_FILES: files.map(({ name }) => name).join(" "),
    ENV_NAMES: FOREIGN_SETTINGS.join(" "),
    ENV_ANY: FOREIGN_SETTINGS.map((name) => `\${${name}+x}`).join(""),
    MEGABYTES: String(Math.ceil(bytes / 1e6)),
  });
  return concat([encoder.encode(header), ...compressed.map(({ data }) => data)]);
}

/** Fills in the launcher. The parts' offsets depend on its length, and its length on them. */
function render(parts: readonly Part[], values: Record<string, string>): string {
  let length = 0;
  while (true) {
    let offset = length + 1; // `tail -c +N` counts from 1.
    const lines = parts.map(({ path, mode, data }) => {
      const line = `${offset} ${data.length} ${mode} ${path}`;
      offset += data.length;
      return line;
    });
    const text = launcher.replace(/@([A-Z_]+)@/g, (mark, name) => {
      const value = name === "FILES" ? lines.join("\n") : values[name];
      if (value === undefined) throw new Error(`launcher.sh has an unknown mark: ${mark}`);
      return value;
    });
    const bytes = new TextEncoder().encode(text).length;
    if (bytes === length) return text;
    length = bytes;
  }
}

function gzip(data: Uint8Array): Uint8Array {
  const compressed = gzipSync(data, { level: 9 });
  // The header says which system compressed it (RFC 1952, 2.3.1, OS); 255 is "unknown".
  compressed[9] = 255;
  return compressed;
}

/** Names contents: the first 16 hexadecimal digits of a SHA-256 over the chunks and lengths. */
async function digest(chunks: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
  const lengths = new TextEncoder().encode(chunks.map((chunk) => chunk.length).join(" "));
  const hash = await crypto.subtle.digest("SHA-256", concat([lengths, ...chunks]));
  return new Uint8Array(hash).toHex().slice(0, 16);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
