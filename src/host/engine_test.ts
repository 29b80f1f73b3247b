/** Which engine is found, and what is said of one that does not work. */

import { deepStrictEqual as assertEquals, match, rejects, strictEqual } from "node:assert/strict";
import { Environment } from "@/config/environment.ts";
import { EngineError, failure, openEngine } from "./engine.ts";

const signal = AbortSignal.timeout(60_000);

/** A folder with programs that print what is said of them, and only those. */
async function engines(programs: Readonly<Record<string, string>>) {
  const folder = await Deno.makeTempDir({ prefix: "iot-engines-" });
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return {
    folder,
    environment: (variables: Record<string, string> = {}) =>
      new Environment({ HOME: "/", PATH: folder, ...variables }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** A program that says what it was called with. */
const LISTS = `/bin/echo '{"Names":"'"$0 $*"'","Image":"i","State":"running","Status":"Up"}'`;

Deno.test("openEngine() takes the first of docker, podman and balena-engine", async () => {
  await using found = await engines({ podman: LISTS, "balena-engine": LISTS });
  const { engine, containers } = await openEngine(found.environment(), { signal });
  strictEqual(engine.program, "podman");
  assertEquals(containers.map(({ name }) => name), [
    `${found.folder}/podman ps --all --format {{json .}}`,
  ]);
});

Deno.test("openEngine() takes the one that IOT_ENGINE names, with variables expanded", async () => {
  await using found = await engines({ docker: LISTS, "my-engine": LISTS });
  const environment = found.environment({ IOT_ENGINE: "$BIN/my-engine", BIN: found.folder });
  const { engine } = await openEngine(environment, { signal });
  strictEqual(engine.program, `${found.folder}/my-engine`);
});

Deno.test("openEngine() says what to install where there is none", async () => {
  await using found = await engines({});
  await rejects(openEngine(found.environment(), { signal }), {
    name: "UsageError",
    message: "Nothing on this computer runs containers: there is no docker, podman or " +
      "balena-engine. Install one of them, or name the program in IOT_ENGINE.",
  });
  await rejects(openEngine(found.environment({ IOT_ENGINE: "podmann" }), { signal }), {
    name: "UsageError",
    message: 'There is no "podmann" on this computer. IOT_ENGINE names it.',
  });
});

Deno.test("openEngine() keeps to the first engine when that does not work, and says why", async () => {
  const says =
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker " +
    "daemon running?";
  await using found = await engines({
    docker: `/bin/echo '${says}' >&2; exit 1`,
    podman: LISTS,
  });
  await rejects(openEngine(found.environment(), { signal }), (error) => {
    strictEqual((error as EngineError).stderr, says);
    match(
      (error as Error).message,
      /^docker is here, but does not run\. Start it, e\.g\. with "sudo/,
    );
    return error instanceof EngineError;
  });
});

Deno.test("openEngine() refuses a program that is no engine", async () => {
  await using found = await engines({ ls: "/bin/echo hello" });
  await rejects(openEngine(found.environment({ IOT_ENGINE: "ls" }), { signal }), {
    name: "EngineError",
    message:
      '"ls ps" printed what is no list of containers. Does IOT_ENGINE name docker, podman or ' +
      "balena-engine?",
  });
});

Deno.test("openEngine() ends when it is interrupted", async () => {
  await using found = await engines({ docker: "exec /bin/sleep 60" });
  const interrupt = new AbortController();
  const opening = openEngine(found.environment(), { signal: interrupt.signal });
  interrupt.abort(new Error("interrupted"));
  await rejects(opening, /^Error: interrupted$/);
});

/** What engines say, as measured, and how the message begins. */
const SAID: readonly (readonly [string, string, RegExp])[] = [
  [
    "/usr/bin/docker",
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix /var/run/docker.sock: connect: permission denied',
    /^You may not use docker: permission denied\. .* sudo usermod -aG docker \$USER\n/,
  ],
  [
    "podman",
    "Cannot connect to Podman. Please verify your connection to the Linux system\nError: unable to connect to Podman socket",
    /^podman is here, but does not run\. /,
  ],
  ["podman", "Error: database is locked\n", /^podman failed: Error: database is locked$/],
  ["docker", "", /^docker failed\.$/],
];

Deno.test("failure() says what to do about well-known troubles, and quotes the engine", () => {
  for (const [program, said, message] of SAID) match(failure(program, said).message, message);
});
