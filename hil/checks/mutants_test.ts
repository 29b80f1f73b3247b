/**
 * Every check is shown to fail: for each there is a board with something wrong with it, on which that
 * check fails and says why, while those that build on it are skipped and say so.
 */

import assert from "node:assert/strict";
import { CHECKS } from "./all.ts";
import type { Check } from "./check.ts";
import { type Mutation, runOn } from "./mutants_testing.ts";

/** A board that something is wrong with, and what its check must say. */
interface Mutant extends Mutation {
  readonly message: RegExp;
}

/** Has `print` do something else when the text says so; a board's boot.py. */
const printing = (condition: string, instead: string) => `
_print = print
def print(*words, **options):
    if ${condition}:
        ${instead}
    _print(*words, **options)
`;

/** A board whose files are other ones when they are read again: its flash is worn out. */
const wornOut = (size: number) => ({
  in: [] as const,
  boot: `
import builtins
_open = builtins.open
class _Worn:
    def __init__(self, file): self._file = file
    def __getattr__(self, name): return getattr(self._file, name)
`,
  size,
});

const CTRL_C_LOST = { out: [["\x03", "\x00"]] as const };

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "exec/output": {
    in: [["ready 42", "raedy 42"]],
    message: /print\('ready', 6 \* 7\): expected "ready 42\\n", got "raedy 42\\n"/,
  },
  "exec/state": {
    out: [["hil_kept = 40", "hil_kepp = 40"]],
    message: /The second cell failed: NameError: .*hil_kept/,
  },
  "exec/exception": { in: [["line 4", "line 9"]], message: /does not name line 4: .*line 9/ },
  "exec/unicode": {
    in: [["é", "è"]],
    message: /print\('aé€𝄞漢字'\): expected "aé.*, got "aè/,
  },
  "exec/64k": { in: [["0512456789", "0512456780"]], message: /^Line 513 of 1024: expected/ },
  "exec/binary": { in: [["\x7b\x7c\x7d", "\x7b\x00\x7d"]], message: /^Byte 123: expected 124, got 0/ },
};

Deno.test("every check has a board on which it must fail", () => {
  const names = CHECKS.map(({ name }) => name);
  assert.deepEqual(Object.keys(MUTANTS).filter((name) => !names.includes(name)), []);
  assert.deepEqual(names.filter((name) => MUTANTS[name] === undefined), []);
});

for (const [name, { message, ...mutation }] of Object.entries(MUTANTS)) {
  Deno.test(`${name} fails where it should, and says why`, async () => {
    const check = CHECKS.find((check) => check.name === name)!;
    const dependents = CHECKS.filter(({ after }) => after?.includes(name)).slice(0, 1);
    const { checks } = await runOn(mutation, [check, ...dependents.map(independent(name))]);
    const [result, dependent] = checks;
    assert.equal(result.verdict, "fail", `${result.verdict}: ${result.message}`);
    assert.match(result.message!, message);
    assert.ok(result.attempts.every(({ transcript }) => transcript.length > 0));
    if (dependents.length === 0) return;
    assert.equal(dependent.verdict, "skip");
    assert.equal(dependent.message, `builds on ${name}, which failed`);
  });
}

/** A check that builds on nothing but `name`, and lacks nothing. */
function independent(name: string): (check: Check) => Check {
  return (check) => ({ ...check, after: [name], needs: [] });
}
