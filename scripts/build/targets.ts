/** The platforms that `iot` is built for, and where the Deno runtime for each comes from. */

/** One platform. */
export interface Target {
  /** As `deno compile --target` and `Deno.build.target` name it. */
  readonly triple: string;
  /** The npm package that holds the Deno runtime for it. */
  readonly npmPackage: string;
  /** What `uname -sm` prints there. */
  readonly machine: string;
}

/** All platforms that have `sh`, and so can start a packed executable. */
export const TARGETS: readonly Target[] = [
  {
    triple: "x86_64-unknown-linux-gnu",
    npmPackage: "@deno/linux-x64-glibc",
    machine: "Linux x86_64",
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    npmPackage: "@deno/linux-arm64-glibc",
    machine: "Linux aarch64",
  },
  {
    triple: "x86_64-apple-darwin",
    npmPackage: "@deno/darwin-x64",
    machine: "Darwin x86_64",
  },
  {
    triple: "aarch64-apple-darwin",
    npmPackage: "@deno/darwin-arm64",
    machine: "Darwin arm64",
  },
];

/**
 * The target of this name.
 *
 * @throws {Error} when there is none; the message lists those there are.
 */
export function findTarget(triple: string): Target {
  const target = TARGETS.find((target) => target.triple === triple);
  if (target === undefined) {
    throw new Error(
      `Cannot build for "${triple}". Targets: ${
        TARGETS.map((target) => target.triple).join(", ")
      }.`,
    );
  }
  return target;
}
