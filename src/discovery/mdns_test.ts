import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { Answers, type DnsRecord } from "./mdns.ts";

const INSTANCE = "Kitchen._webrepl._tcp.local";
const PTR: DnsRecord = { name: "_webrepl._tcp.local", type: "PTR", data: INSTANCE };
const SRV: DnsRecord = { name: INSTANCE, type: "SRV", data: { target: "k.local", port: 8266 } };
const A: DnsRecord = { name: "K.local", type: "A", data: "10.0.0.7" };
const TXT: DnsRecord = {
  name: INSTANCE,
  type: "TXT",
  data: [new TextEncoder().encode("uid=24-0A-C4-12-87-7C")],
};

Deno.test("Answers knows a board when its records are together, in whatever order they come", () => {
  for (const records of [[PTR, SRV, A], [A, SRV, PTR], [SRV, A, PTR]]) {
    const answers = new Answers();
    for (const record of records) answers.add([record], "10.0.0.7");
    assertEquals(answers.announcements(), [{ url: "ws://10.0.0.7:8266", name: "Kitchen" }]);
  }
});

Deno.test("Answers asks for the server of a board that only gave its name, and not for ever", () => {
  const answers = new Answers();
  let asked = 0;
  for (let packet = 0; packet < 100; packet++) {
    answers.add([PTR], "10.0.0.7");
    assertEquals(answers.announcements(), []);
    for (const question of answers.takeMissing()) {
      assertEquals(question, { name: INSTANCE.toLowerCase(), type: "SRV" });
      asked++;
    }
  }
  assertEquals(asked, 3);
});

Deno.test("Answers keeps no more than 256 boards, and goes on with those it knows", () => {
  const answers = new Answers();
  for (let index = 0; index < 1_000; index++) {
    const name = `Board ${index}._webrepl._tcp.local`;
    answers.add([{ ...PTR, data: name }, { ...SRV, name }], "10.0.0.7");
  }
  assertEquals(answers.announcements().length, 256);
  const data = { target: "k.local", port: 9000 };
  answers.add([{ ...SRV, name: "Board 5._webrepl._tcp.local", data }], "10.0.0.7");
  assertEquals(answers.announcements()[5], { url: "ws://10.0.0.7:9000", name: "Board 5" });
});

Deno.test("Answers takes control characters out of a board's name", () => {
  const answers = new Answers();
  const name = "\x1b[31mRed\n._webrepl._tcp.local";
  answers.add([{ ...PTR, data: name }, { ...SRV, name }], "10.0.0.7");
  assertEquals(answers.announcements()[0].name, "[31mRed");
});

Deno.test("Answers takes the sender's address where a board does not tell its own", () => {
  const answers = new Answers();
  answers.add([PTR, SRV, TXT], "10.0.0.9");
  assertEquals(answers.announcements(), [
    { url: "ws://10.0.0.9:8266", uid: "24:0a:c4:12:87:7c", name: "Kitchen" },
  ]);
});

Deno.test("Answers leaves out other services, and records that make no sense", () => {
  const answers = new Answers();
  answers.add([
    { name: "_ipp._tcp.local", type: "PTR", data: "Printer._ipp._tcp.local" },
    { name: "Printer._ipp._tcp.local", type: "SRV", data: { target: "p.local", port: 631 } },
    { ...SRV, data: { target: 5, port: "x" } },
    { ...PTR, data: null },
    PTR,
  ], "10.0.0.7");
  assertEquals(answers.announcements(), []);
});
