/** A WebREPL lets in who knows its password, and nobody else. */

import { TransportError } from "@/transport/transport.ts";
import { type BoardFacts, type Check, type CheckContext, defineCheck, type Need } from "./check.ts";
import { CheckFailure, expectOk, expectSame } from "./expect.ts";

const aWebRepl: Need = ({ url, spec }) =>
  webReplOf({ url, spec }) === undefined
    ? "the bench names no WebREPL of it (transports)"
    : undefined;

/** WebREPL. */
export const WEBREPL_CHECKS: readonly Check[] = [
  defineCheck({
    name: "webrepl/right-password",
    summary: "Who knows the password runs code",
    needs: [aWebRepl],
    async run(bench) {
      const result = await bench.cell("print('by air')", {
        url: webReplOf({ url: bench.url, spec: bench.facts.spec })!,
      });
      expectOk(result, "The cell");
      expectSame(result.stdout, "by air\n", "print('by air')");
    },
  }),
  defineCheck({
    name: "webrepl/wrong-password",
    summary: "Who does not know the password is told so, and runs nothing",
    needs: [aWebRepl],
    run: wrongPassword,
  }),
];

async function wrongPassword(bench: CheckContext): Promise<void> {
  try {
    await bench.line({
      url: webReplOf({ url: bench.url, spec: bench.facts.spec })!,
      password: "not-it",
    });
  } catch (error) {
    bench.signal.throwIfAborted();
    const code = error instanceof TransportError ? error.code : String(error);
    return expectSame(code, "wrong-password", "What a wrong password comes to");
  }
  throw new CheckFailure("A wrong password was accepted.");
}

function webReplOf({ url, spec }: Pick<BoardFacts, "url" | "spec">): string | undefined {
  return [url, ...spec.transports].find((address) => /^wss?:/.test(address));
}
