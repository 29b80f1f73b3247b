import { Environment } from "./environment.ts";
import { Redaction, Redactor } from "./redact.ts";
import { makeTree } from "./testing.ts";
import { printable } from "@/base/bytes.ts";
import { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
import fc from "fast-check";

Deno.test("Redaction.redact() hides texts of four and more characters", () => {
  const redaction = new Redaction(["abc", "hush", "hush-hush", "a.c*"]);
  assertEquals(
    redaction.redact("abc hush hush-hush hushed aXc* a.c*"),
    "abc *** *** ***ed aXc* ***",
  );
});

/** Ways in which a text gets into a message. */
const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  json: JSON.stringify,
  "json in json": (secret) => JSON.stringify(JSON.stringify(secret)),
  url: encodeURIComponent,
  form: (secret) => new URLSearchParams([["x", secret]]).toString(),
  base64: (secret) => new TextEncoder().encode(secret).toBase64(),
  "basic authorisation": (secret) => new TextEncoder().encode(`ada:${secret}`).toBase64(),
  "inside of base64": (secret) => new TextEncoder().encode(`ad:${secret};more`).toBase64(),
  hex: (secret) => new TextEncoder().encode(secret).toHex(),
  "bytes in a message": (secret) => printable(new TextEncoder().encode(secret), 10_000),
};

const SECRETS = fc.string({ minLength: 5, maxLength: 40, unit: "grapheme" })
  .filter((text) => text.isWellFormed() && text.trim().length > 4);

for (const [name, spell] of Object.entries(SPELLINGS)) {
  Deno.test(`Redaction.redact() hides a secret as ${name}`, () => {
    fc.assert(fc.property(SECRETS, (secret) => {
      const message = `before ${spell(secret)} after`;
      const redacted = new Redaction([secret]).redact(message);
      // In JSON of JSON, quotes and control letters are escaped twice: what is left is no secret.
      if (name === "json in json" && /[^\x20-\x7e]|["\\]/.test(secret)) return;
      assert(redacted !== message, message);
      const core = spell(secret).replace(/^"|"$/g, "").slice(2, -3);
      if (core.length > 6) assert(!redacted.includes(core), `${message} → ${redacted}`);
    }));
  });
}

Deno.test("Redaction.redact() hides what Python's repr makes of a secret", () => {
  // python3 -c "print(repr(s), ascii(s), s.encode(), repr(repr(s)))"
  const secret = 'it\'s "é"\t\\n';
  const redaction = new Redaction([secret]);
  for (
    const text of [
      `'it\\'s "é"\\t\\\\n'`,
      `'it\\'s "\\xe9"\\t\\\\n'`,
      `b'it\\'s "\\xc3\\xa9"\\t\\\\n'`,
    ]
  ) {
    const redacted = redaction.redact(text);
    assert(/^b?'\*\*\*'$/.test(redacted), redacted);
  }
});

Deno.test("Redactor reads secrets.py when it is there, and again when it changed", async () => {
  await using tree = await makeTree({ "libs/.keep": "" });
  const { redact } = new Redactor(
    new Environment({ IOT: tree.path, IOT_SECRETS: "s.py", IOT_LIBS: "libs" }),
  );
  assertEquals(redact("first second third"), "first second third");
  await Deno.writeTextFile(`${tree.path}/s.py`, "a = 'first'\n");
  assertEquals(redact("first second third"), "*** second third");
  await Deno.writeTextFile(`${tree.path}/s.py`, "a = 'second' # longer\n");
  await Deno.writeTextFile(`${tree.path}/libs/secrets.py`, "a = 'third'\n");
  assertEquals(redact("first second third"), "first *** ***");
});

Deno.test("Redactor says what there is to say whatever is wrong with the settings", () => {
  assertEquals(new Redactor(new Environment({})).redact("text"), "text");
});
