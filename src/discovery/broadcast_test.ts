import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { within } from "@/base/deadline.ts";
import type { Announcement } from "./announcement.ts";
import { BroadcastEar, readBroadcast } from "./broadcast.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const cases: [about: string, text: string, read: Announcement | undefined][] = [
  ["an address and a UID", "ws://10.0.0.7:8266\n24:0A:C4:12:87:7C", {
    url: "ws://10.0.0.7:8266",
    uid: "24:0a:c4:12:87:7c",
  }],
  ["an address alone", "mp://10.0.0.7:8266", { url: "mp://10.0.0.7:8266" }],
  ["a host's name", "ws://esp.local\n", { url: "ws://esp.local" }],
  ["an address of another computer", "ws://10.0.0.8:8266\n24:0a", undefined],
  ["a port of this computer", "serial:///dev/ttyUSB0\n24:0a", undefined],
  ["a program to start", "sim://x?fs=/etc\n24:0a", undefined],
  ["no address", "hello", undefined],
  ["nothing", "", undefined],
];

for (const [about, text, read] of cases) {
  Deno.test(`readBroadcast() reads ${about}`, () => {
    assertEquals(readBroadcast(encode(text), "10.0.0.7"), read);
  });
}

Deno.test("BroadcastEar tells of what comes, and of what came before", async () => {
  const port = 50_000 + Math.floor(Math.random() * 10_000);
  await using ear = await BroadcastEar.open(port);
  const socket = createSocket("udp4");
  try {
    const { promise, resolve } = Promise.withResolvers<void>();
    const heard: Announcement[] = [];
    ear.listen((announcement) => {
      heard.push(announcement);
      resolve();
    });
    socket.send(encode("ws://127.0.0.1:8266\n24:0a"), port, "127.0.0.1");
    assertEquals(await within(10_000, promise), true);
    assertEquals(heard, [{ url: "ws://127.0.0.1:8266", uid: "24:0a" }]);
    const again: Announcement[] = [];
    ear.listen((announcement) => again.push(announcement))();
    assertEquals(again, heard);
  } finally {
    await new Promise<void>((done) => socket.close(() => done()));
  }
});
