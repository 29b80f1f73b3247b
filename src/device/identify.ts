/** Asking a board who it is. */

import { logger } from "@/base/log.ts";
import { randomWord } from "@/base/random.ts";
import { ReplError } from "@/repl/repl_error.ts";
import type { Device, Identity } from "./device.ts";
import identify from "./identify.py" with { type: "text" };

/** Bytes in hex, joined by colons; nothing for a board without UID. */
const UID = /^(?:[\da-f]{2}(?::[\da-f]{2})*)?$/;

/** The lines of an answer. */
const LINES = 6;

/**
 * How often to ask. A board says things of its own between: that its WebREPL was closed ("dupterm:
 * EOF received, deactivating"), or what a timer prints; and closing one may raise in our question.
 */
const TRIES = 3;

/**
 * Asks a board who it is.
 *
 * @returns that, and the word that its interpreter keeps for as long as it lives, where it can
 * @throws {ReplError} when it does not answer as it should.
 */
export async function askIdentity(
  device: Device,
  options: { signal?: AbortSignal },
): Promise<{ identity: Identity; life: string | undefined }> {
  for (let attempt = 1;; attempt++) {
    const code = identify.replace("LIFE", randomWord());
    let text = "";
    try {
      text = await device.evaluate(code, options);
    } catch (error) {
      if (!(error instanceof ReplError) || error.code !== "exception" || attempt === TRIES) {
        throw error;
      }
    }
    const lines = text.replace(/\n$/, "").split("\n");
    const [uid, platform, implementation, version, machine, life] = lines;
    if (lines.length === LINES && UID.test(uid)) {
      const identity = { uid, platform, implementation, version, machine };
      logger("device").info(() =>
        `${device.url} is ${uid || "without UID"}: ${platform}, ${implementation} ${version}`
      );
      return { identity, life: life || undefined };
    }
    if (attempt < TRIES) continue;
    throw new ReplError(
      "protocol",
      device.url,
      `The board at ${device.url} was asked who it is and said ${JSON.stringify(text)}. Does ` +
        "something else print on it? Reset it.",
    );
  }
}
