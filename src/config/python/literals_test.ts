/** Values of literals, with Python itself as the judge. */

import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import fc from "fast-check";
import { evaluate } from "./literals.ts";
import { PythonSyntaxError, tokenize } from "./tokens.ts";
import type { PythonValue } from "./values.ts";

const SAMPLES = 3_000;

/** Evaluates a JSON list of expressions; each value with its type, or the name of the exception. */
const JUDGE = `
import json, sys, warnings
warnings.simplefilter("ignore")
def told(v):
    if isinstance(v, (bool, str)) or v is None: return v
    if isinstance(v, int): return {"int": str(v)}
    if isinstance(v, float): return {"float": repr(v)}
    if isinstance(v, bytes): return {"bytes": list(v)}
    if isinstance(v, (list, tuple)): return [told(x) for x in v]
    if isinstance(v, dict): return {"dict": [[told(k), told(x)] for k, x in v.items()]}
    return {"other": repr(v)}
def judge(text):
    try: return told(eval(text))
    except Exception as e: return {"error": type(e).__name__}
print(json.dumps([judge(text) for text in json.load(sys.stdin)]))
`;

const number = fc.oneof(
  fc.nat(50).map(String),
  fc.constantFrom("0x1f", "0o17", "0b11", "1_0", "2.5", ".5", "5.", "1e2", "True", "False"),
);
const text = fc.constantFrom(
  `'a'`,
  String.raw`"b\n"`,
  String.raw`r'\d'`,
  "'''x\ny'''",
  String.raw`'\x41\u00e9\U0001F600'`,
  String.raw`'\101\q'`,
  `''`,
  `'a' "b"`,
);
const bytes = fc.constantFrom(String.raw`b'\x00\u'`, "b''", "rb'x'");
/** Of integers only: the last digit of a float's power is the C library's affair. */
const power = fc.tuple(fc.nat(9), fc.nat(9)).map(([base, exponent]) => `-${base} ** ${exponent}`);
const OPERATORS = ["+", "-", "*", "/", "//", "%", "<<", ">>", "&", "|", "^"];

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small" },
    number,
    text,
    bytes,
    power,
    fc.tuple(tie("expression"), fc.constantFrom(...OPERATORS), tie("expression"))
      .map((parts) => parts.join(" ")),
    fc.tuple(fc.constantFrom("-", "+", "~"), tie("expression")).map((parts) => parts.join("")),
    tie("expression").map((inner) => `(${inner})`),
    fc.array(tie("expression"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc.array(tie("expression"), { minLength: 1, maxLength: 3 })
      .map((items) => `(${items.join(",\n  ")},)  # a tuple`),
  ),
}));

Deno.test("evaluate() gives the value that Python gives, or none", async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  const samples = fc.sample(expression, { numRuns: SAMPLES, seed });
  const wanted = await askPython(samples);
  let equal = 0;
  samples.forEach((sample, at) => {
    const value = attempt(sample);
    if (value === REFUSED) return;
    // Tuples and lists are the same to us, and can be joined.
    if (sample.includes(",)") && JSON.stringify(wanted[at]).includes("TypeError")) return;
    assertEquals(told(value), rounded(wanted[at]), `${JSON.stringify(sample)}, seed ${seed}`);
    equal++;
  });
  ok(equal > SAMPLES / 3, `${equal} of ${SAMPLES} had a value, seed ${seed}`);
});

const REFUSED = Symbol("refused");

function attempt(source: string): PythonValue | typeof REFUSED {
  try {
    const tokens = tokenize(source).filter(({ kind }) => kind !== "newline");
    return evaluate(tokens, new Map());
  } catch (error) {
    if (error instanceof PythonSyntaxError) return REFUSED;
    throw error;
  }
}

async function askPython(samples: readonly string[]): Promise<unknown[]> {
  const child = new Deno.Command("python3", {
    args: ["-c", JUDGE],
    stdin: "piped",
    stdout: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const [{ stdout }] = await Promise.all([
    child.output(),
    new Blob([JSON.stringify(samples)]).stream().pipeTo(child.stdin),
  ]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function told(value: PythonValue): unknown {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") return { float: value.toPrecision(12) };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  return Array.isArray(value) ? value.map(told) : value;
}

/** Writes floats as {@linkcode told} does. */
function rounded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== "object" || !("float" in value)) return value;
  return { float: Number(value.float).toPrecision(12) };
}
