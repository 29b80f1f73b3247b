/** Signing, checking and reading Jupyter messages. */

import assert from "node:assert/strict";
import fc from "fast-check";

import {
  deserialize,
  HeaderMaker,
  type Json,
  type JupyterMessage,
  MessageError,
  serialize,
  Signer,
} from "./jupyter_message.ts";
import { ascii, texts } from "./testing.ts";

const KEY = "a0436f6c-1916-498b-8eb9-e81ab9368e84";

function draft(content = {}): JupyterMessage {
  const header = new HeaderMaker().make("execute_request");
  return { header, parentHeader: {}, metadata: {}, content, buffers: [] };
}

function isRefused(code: MessageError["code"]): (error: unknown) => boolean {
  return (error) => error instanceof MessageError && error.code === code;
}

Deno.test("Signer.sign() gives the HMAC-SHA256 of RFC 4231, test case 2", () => {
  const signature = new Signer("Jefe").sign([ascii("what do ya "), ascii("want for nothing?")]);
  assert.equal(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});

Deno.test("Signer refuses a scheme that it does not know", () => {
  assert.throws(() => new Signer(KEY, "hmac-nonsense"), isRefused("malformed"));
  assert.throws(() => new Signer(KEY, ""), isRefused("malformed"));
});

Deno.test("deserialize() undoes serialize(), with identities and buffers", () => {
  const seed = Number(Deno.env.get("FC_SEED") ?? Date.now() % 2 ** 31);
  console.log(`FC_SEED=${seed}`);
  const json = fc.dictionary(fc.string(), fc.jsonValue()).map(normal);
  const property = fc.property(
    fc.array(fc.uint8Array()),
    json,
    fc.array(fc.uint8Array()),
    (prefix, content, buffers) => {
      const message = { ...draft(content), buffers };
      const frames = serialize(message, { signer: new Signer(KEY), prefix });
      const read = deserialize(frames, new Signer(KEY));
      const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
      assert.deepEqual(read, { ...message, identities: prefix, bytes });
    },
  );
  fc.assert(property, { seed, numRuns: 200 });
});

/** A value as JSON carries it: without negative zeros and prototypes. */
function normal(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("deserialize() refuses a message signed with another key", () => {
  const frames = serialize(draft(), { signer: new Signer("another") });
  assert.throws(() => deserialize(frames, new Signer(KEY)), isRefused("signature"));
});

Deno.test("deserialize() refuses a message without a signature", () => {
  const frames = serialize(draft(), { signer: new Signer("") });
  assert.throws(() => deserialize(frames, new Signer(KEY)), isRefused("signature"));
});

Deno.test("deserialize() refuses a message of which any signed byte was changed", () => {
  const frames = serialize(draft({ code: "1" }), { signer: new Signer(KEY) });
  for (let part = 1; part < 6; part++) {
    const forged = frames.map((frame) => frame.slice());
    forged[part][forged[part].length - 1] ^= 1;
    assert.throws(() => deserialize(forged, new Signer(KEY)), isRefused("signature"));
  }
});

Deno.test("deserialize() refuses a message that came before, and takes the next one", () => {
  const signer = new Signer(KEY);
  const sender = new Signer(KEY);
  const frames = serialize(draft({ n: 1 }), { signer: sender });
  deserialize(frames, signer);
  assert.throws(() => deserialize(frames, signer), isRefused("replay"));
  deserialize(serialize(draft({ n: 2 }), { signer: sender }), signer);
});

Deno.test("a forged message does not use up the signature of the true one", () => {
  const signer = new Signer(KEY);
  const frames = serialize(draft({ n: 1 }), { signer: new Signer(KEY) });
  const forged = [...frames.slice(0, 5), ascii("{}")];
  assert.throws(() => deserialize(forged, signer), isRefused("signature"));
  deserialize(frames, signer);
});

Deno.test("without a key nothing is signed and everything is taken", () => {
  const signer = new Signer("");
  const frames = serialize(draft(), { signer });
  assert.equal(texts(frames)[1], "");
  deserialize(frames, signer);
  deserialize(frames, signer);
});

const D = "<IDS|MSG>";
const HEADER = '{"msg_id":"1","msg_type":"t","session":"s"}';
const MALFORMED: [string, string[]][] = [
  ["nothing", []],
  ["no delimiter", ["id", HEADER, "{}", "{}", "{}"]],
  ["a part too few", [D, "", HEADER, "{}", "{}"]],
  ["no JSON", [D, "", HEADER, "{}", "{}", "{"]],
  ["a list for a dictionary", [D, "", HEADER, "[]", "{}", "{}"]],
  ["null for a dictionary", [D, "", HEADER, "{}", "{}", "null"]],
  ["a header without msg_type", [D, "", '{"msg_id":"1","session":"s"}', "{}", "{}", "{}"]],
  [
    "a header with a number for msg_id",
    [D, "", '{"msg_id":1,"msg_type":"t","session":"s"}', "{}", "{}", "{}"],
  ],
];
for (const [name, parts] of MALFORMED) {
  Deno.test(`deserialize() refuses ${name}`, () => {
    const frames = parts.map(ascii);
    assert.throws(() => deserialize(frames, new Signer("")), isRefused("malformed"));
  });
}

Deno.test("deserialize() shows what is not UTF-8 as such, and keeps the rest", () => {
  const frames = [D, "", HEADER, "{}", "{}", '{"a":"x!"}'].map(ascii);
  frames[5][6] = 0x80;
  assert.deepEqual(deserialize(frames, new Signer("")).content, { a: "\ufffd!" });
});

Deno.test("HeaderMaker: one session, and an id of its own for each message", () => {
  const headers = new HeaderMaker();
  const [a, b] = [headers.make("a"), headers.make("b")];
  assert.equal(a.session, b.session);
  assert.notEqual(a.msg_id, b.msg_id);
  assert.equal(a.version, "5.4");
});
