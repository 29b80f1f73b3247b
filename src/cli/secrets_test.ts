/**
 * No value of `secrets.py` in anything that we say: errors, outcomes, messages, logs. Each way in
 * which a message reaches somebody is tried with each value, and then everything is searched.
 */

import { IotError } from "@/base/errors.ts";
import {
  type CellMagic,
  type Command,
  defineCellMagic,
  defineCommand,
} from "@/commands/command.ts";
import { Environment } from "@/config/environment.ts";
import { Redactor } from "@/config/redact.ts";
import { startKernel } from "@/jupyter/testing.ts";
import { Session } from "@/session/session.ts";
import { BUILT_IN_SCHEMES } from "@/transport/schemes.ts";
import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";

/** What must not be seen, by name. */
const SECRETS: Readonly<Record<string, string>> = {
  wifi_ssid: "WIFI_SSID",
  wifi_pwd: "pass word/with?url&letters",
  mp_pwd: "&(*HFODjpwdlsdf30i%^&",
  webrepl_pwd: "fjlkflsad",
  quoted: `it's "quoted"`,
  foreign: "pässwörd",
};

const SOURCE = Object.entries(SECRETS)
  .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`).join("");

/** Throws what the name of the way says, with the secret in its message. */
const WAYS: Readonly<Record<string, (secret: string) => void>> = {
  error: (secret) => {
    throw new IotError(`Cannot log in with "${secret}".`, 3);
  },
  repr: (secret) => {
    throw new IotError(`Cannot run print(${JSON.stringify(secret)}).`, 1);
  },
  url: (secret) => {
    throw new IotError(`Cannot open "ws://:${encodeURIComponent(secret)}@host".`, 3);
  },
  defect: (secret) => {
    throw new TypeError(`undefined is not ${secret}`);
  },
};

const fail = defineCommand<{ way: string; name: string }>({
  name: "fail",
  summary: "Fail, for a test.",
  group: "shell",
  surfaces: ["notebook", "shell"],
  arguments(parser) {
    parser.add_argument("way");
    parser.add_argument("name");
  },
  async run({ sink }, { way, name }) {
    await sink.write("stderr", `Trying ${SECRETS[name]}\n`);
    WAYS[way](SECRETS[name]);
  },
});

const failCell = defineCellMagic({
  name: "fail",
  summary: "Fail, for a test.",
  group: "shell",
  async run({ sink, body }) {
    await sink.write("stderr", `Trying ${SECRETS[body.trim()]}\n`);
    WAYS.error(SECRETS[body.trim()]);
  },
});

/** Which of the secrets, or of their spellings, `text` holds. */
function leaks(text: string): string[] {
  return Object.values(SECRETS).filter((secret) =>
    [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
      .some((spelling) => text.includes(spelling))
  );
}

interface Home extends AsyncDisposable {
  readonly path: string;
}

async function makeHome(): Promise<Home> {
  const path = await Deno.makeTempDir({ prefix: "iot-secrets-" });
  await Deno.mkdir(`${path}/iot49/libs`, { recursive: true });
  await Deno.writeTextFile(`${path}/iot49/libs/secrets.py`, SOURCE);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function makeSession(environment: Environment): Session {
  const commands: Command[] = [fail];
  const cellMagics: CellMagic[] = [failCell];
  const schemes = BUILT_IN_SCHEMES;
  return new Session({ commands, cellMagics, schemes, environment, surface: "notebook" });
}

Deno.test("a kernel names no secret in errors, replies, streams and log", async () => {
  await using home = await makeHome();
  const environment = new Environment({ HOME: home.path });
  await using session = makeSession(environment);
  const { redact } = new Redactor(environment);
  await using kernel = await startKernel({ interpreter: session, redact });
  const seen: string[] = [];
  let failures = 0;
  for (const name of Object.keys(SECRETS)) {
    const cells = [...Object.keys(WAYS).map((way) => `%fail ${way} ${name}`), `%%fail\n${name}`];
    for (const code of cells) {
      const reply = await kernel.client.execute(code, {
        signal: AbortSignal.timeout(20_000),
        onPublish: ({ header, content }) =>
          void seen.push(`${header.msg_type} ${JSON.stringify(content)}`),
      });
      if (reply.status === "error") failures++;
      seen.push(JSON.stringify(reply));
    }
  }
  // Also what users type themselves and we repeat in our answer, in a name or an address.
  for (const code of ["%fjlkflsad", "%connect-WIFI_SSID"]) {
    const reply = await kernel.client.execute(code, { signal: AbortSignal.timeout(20_000) });
    seen.push(JSON.stringify(reply));
  }
  const ways = Object.keys(WAYS).length + 1;
  assertEquals(failures, ways * Object.keys(SECRETS).length);
  assert(seen.some((line) => line.includes("Cannot log in with")), "errors are shown");
  assert(seen.some((line) => line.includes("Trying ***")), "messages are shown");
  assert(kernel.log.some((line) => line.includes("TypeError")), "defects are logged");
  // What the client itself sent comes back to it as `execute_input`: no secret in ours.
  const said = [...seen, ...kernel.log].filter((line) => !line.startsWith("execute_input"));
  assertEquals(leaks(said.join("\n")), []);
});
