import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import { ReplError } from "@/repl/repl_error.ts";
import type { Device } from "./device.ts";
import { hardReset, isDeaf } from "./hard_reset.ts";

/** A board that answers as told, and the code that it was sent. */
function boardThat(...answers: (ReplError["code"] | "listens")[]) {
  const codes: string[] = [];
  const device = {
    url: "sim://a",
    evaluate: (code: string) => {
      codes.push(code);
      const answer = answers.shift()!;
      if (answer === "listens") return Promise.resolve("");
      return Promise.reject(new ReplError(answer, "sim://a", answer));
    },
  };
  return { device: device as unknown as Device, codes };
}

Deno.test("hardReset() takes no answer for a board's good-bye, once it has heard us", async () => {
  for (const answer of ["busy", "reset", "protocol"] as const) {
    const { device, codes } = boardThat("listens", answer);
    await hardReset(device);
    assertEquals(codes.length, 2);
  }
});

Deno.test("hardReset() does not take a board that never listened for one that has reset", async () => {
  const { device, codes } = boardThat("busy");
  await rejects(hardReset(device), (error) => isDeaf(error));
  assertEquals(codes.length, 1);
});

Deno.test("hardReset() says that a board cannot reset itself", async () => {
  const { device } = boardThat("listens", "exception");
  await rejects(hardReset(device), (error) => {
    ok(error instanceof ReplError && error.code === "exception");
    return true;
  });
});
