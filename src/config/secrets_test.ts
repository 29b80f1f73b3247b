import { Environment } from "./environment.ts";
import { formatProblem } from "./problem.ts";
import type { PythonValue } from "./python/values.ts";
import { readSecrets, Secrets } from "./secrets.ts";
import { makeTree } from "./testing.ts";
import { deepStrictEqual as assertEquals, rejects, throws } from "node:assert/strict";
import fc from "fast-check";

/** The specification's example. */
const SEED = `# secrets.py

# wifi
wifi_ssid = 'WIFI_SSID'
wifi_pwd  = 'WIFI_PASSWORD'

# timezone
tz_offset = -8*3600    # PST

# mp wireless "repl" password
mp_pwd  = '&(*HFODjpwdlsdf30i%^&'

# webrepl password, 4 .. 9 characters
webrepl_pwd = 'fjlkflsad'

# https://openweathermap.org/
openweathermap_apiid = "354f336ac61afasf2b73af8f"
`;

Deno.test("Secrets.parse() reads the specification's example", () => {
  const secrets = Secrets.parse(SEED, "secrets.py");
  assertEquals(secrets.problems, []);
  assertEquals(secrets.getString("webrepl_pwd"), "fjlkflsad");
  assertEquals(secrets.getString("mp_pwd"), "&(*HFODjpwdlsdf30i%^&");
  assertEquals(secrets.get("tz_offset"), -28800n);
  assertEquals(secrets.get("nobody"), undefined);
  throws(() => secrets.getString("tz_offset"), /tz_offset must be a text in quotes/);
});

const bytes = (text: string) => new TextEncoder().encode(text);

/** Python, and its value. Where in doubt, python3 was asked. */
const VALUES: readonly [string, PythonValue][] = [
  ["'a' \"b\" '''c\nd'''", "abc\nd"],
  ["('a'  # one\n  'b'\n)", "ab"],
  ["'a' + \\\n 'b'", "ab"],
  ["'a\\\nb'", "ab"],
  [`'\\x41\\101\\u00e9\\U0001F600\\n\\q\\\\\\''`, "AAé😀\n\\q\\'"],
  [`r'\\d' u"x"`, "\\dx"],
  [`b'\\x00\\u' rb'\\x'`, bytes("\0\\u\\x")],
  ["'ab' * 2 + 'c'", "ababc"],
  ["-8*3600", -28800n],
  ["7//2, -7//2, 7%-3, -7%3", [3n, -4n, -2n, 2n]],
  ["-2**2", -4n],
  ["2**3**2", 512n],
  ["2**-1", 0.5],
  ["1/2 + 0.5", 1],
  ["7.5 // 2, -7.5 % 2", [3, 0.5]],
  ["0x_ff + 0b11 + 0o17 + 1_000", 1273n],
  ["1e3, .5, 5.", [1000, 0.5, 5]],
  ["1 << 10 | 1 & ~0 ^ 2", 1027n],
  ["True + 1", 2n],
  ["None", null],
  ["()", []],
  ["(1,)", [1n]],
  ["[1, [2,], 'x'] + [None]", [1n, [2n], "x", null]],
  ["{}", new Map()],
  [
    "{'a': 1, 'b': {'c': (2,)},}",
    new Map<string, PythonValue>([["a", 1n], ["b", new Map([["c", [2n]]])]]),
  ],
  ["{1, 2}", [1n, 2n]],
];

for (const [source, value] of VALUES) {
  Deno.test(`Secrets.parse() reads x = ${JSON.stringify(source)}`, () => {
    const secrets = Secrets.parse(`x = ${source}\ny = 'after'\n`, "s.py");
    assertEquals(secrets.problems, []);
    assertEquals(secrets.get("x"), value);
    assertEquals(secrets.get("y"), "after");
  });
}

Deno.test("Secrets.parse() knows names set before, annotations, chains and semicolons", () => {
  const secrets = Secrets.parse("a: str = 'x'; b = c = a + 'y'\na = 'z'\n", "s.py");
  assertEquals(secrets.problems, []);
  assertEquals(["a", "b", "c"].map((name) => secrets.get(name)), ["z", "xy", "xy"]);
});

/** Python that would have to be run, and what is said about it. */
const REFUSED: readonly [string, string][] = [
  ["x = f'{y}'", "s.py:1:5: x cannot be read: an f-string would have to be run."],
  ["\nx = open('f').read()", "s.py:2:5: x cannot be read: open(…) would have to be run."],
  ["x = y", "s.py:1:5: x cannot be read: the name y is not known."],
  ["x = 'a' % 1", `s.py:1:9: x cannot be read: "%" does not go with these values.`],
  ["x = 'a'.upper()", `s.py:1:8: x cannot be read: "." is no part of a value that can be read.`],
  ["x = 1/0", "s.py:1:6: x cannot be read: division by zero."],
  ["x = 9**9**9", "s.py:1:6: x cannot be read: the number is too large."],
  ["x = 'a' * 10**9", "s.py:1:9: x cannot be read: the text is too long."],
  ["x = 3j", `s.py:1:6: x cannot be read: "j" is no part of a value that can be read.`],
  ["x =", "s.py:1:1: x cannot be read: the value is not complete."],
  ["x = 'a' b'b'", "s.py:1:9: x cannot be read: bytes and text cannot be joined."],
  [
    "if True:\n    x = 'secret'",
    "s.py:2:5: x cannot be read: it is set inside of another statement.",
  ],
  ["if True: x = 'secret'", "s.py:1:10: x cannot be read: it is set inside of another statement."],
  ["x = " + "(".repeat(200) + ")".repeat(200), "*"],
];

for (const [source, message] of REFUSED) {
  Deno.test(`Secrets.parse() refuses ${JSON.stringify(source.slice(0, 40))} and reads the rest`, () => {
    const secrets = Secrets.parse(`${source}\nz = 'after'\n`, "s.py");
    const said = secrets.problems.map(formatProblem).map((text) =>
      text.replace(/ secrets\.py is not run.*/, "")
    );
    assertEquals(said.length, 1);
    if (message !== "*") assertEquals(said, [message]);
    throws(() => secrets.get("x"), { name: "ConfigError" });
    assertEquals(secrets.get("z"), "after");
  });
}

Deno.test("Secrets.parse() says where a string or bracket is not closed", () => {
  for (
    const [source, at] of [["a = 'x", "1:5"], ["a = 1\nb = (1,\n", "2:5"], ["c = '''\n\n", "1:5"]]
  ) {
    const { problems } = Secrets.parse(source, "s.py");
    assertEquals(problems.map(({ line, column }) => `${line}:${column}`), [at]);
  }
});

Deno.test("Secrets.texts() has every value and no dict key, whatever else is wrong", () => {
  const texts = (source: string) => [...Secrets.parse(source, "s.py").texts()].sort();
  assertEquals(texts("'''What this is'''\na = {'ssid': 'home', 'list': ['x', b'y']}\n"), [
    "home",
    "x",
    "y",
  ]);
  assertEquals(texts("a = 'half' 'half'\n"), ["halfhalf"]);
  assertEquals(texts("if 1:\n  a = 'inside'\nb = f('called')\nc = f'pre{a}post'\n"), [
    "called",
    "inside",
    "post",
    "pre",
  ]);
  assertEquals(texts("a = 'first'\na = ('second'\n"), ["first", "second"]);
});

Deno.test("readSecrets() finds the file of IOT_SECRETS, and does without one", async () => {
  await using tree = await makeTree({ "s.py": "a = 'x'\n", "bad.py/x": "" });
  const read = (path: string) =>
    readSecrets(new Environment({ IOT: tree.path, IOT_SECRETS: path }));
  assertEquals(read("s.py").get("a"), "x");
  assertEquals(read("none.py").names(), []);
  await rejects(async () => await Promise.resolve(read("bad.py")), { name: "ConfigError" });
});

Deno.test("Secrets.parse() takes any text without harm", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "x = ",
      "'",
      '"""',
      "f'{",
      "(",
      ")",
      "[",
      "{",
      ":",
      ",",
      "\\",
      "\\N",
      "\n",
      "\r\n",
      "#",
      "**",
      "0x",
      "1_",
      ".5e",
      "\ufeff",
      "\t",
      ";",
      "if a: ",
      "b'",
      "rb'",
      "=",
      "é",
      "\u{1F600}",
      "\0",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const secrets = Secrets.parse(pieces.join(""), "s.py");
      for (const { line, column } of secrets.problems) assertEquals(line > 0 && column > 0, true);
      secrets.texts();
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("Secrets.getInteger() takes whole numbers in a range, and shows none that does not fit", () => {
  const secrets = Secrets.parse("port = 0x1f90\nlarge = 70000\ntext = '8080'\nreal = 80.5\n", "f");
  const range = { least: 1, most: 65_535 };
  assertEquals(secrets.getInteger("port", range), 8080);
  assertEquals(secrets.getInteger("none", range), undefined);
  for (const name of ["large", "text", "real"]) {
    throws(() => secrets.getInteger(name, range), (error: Error) => {
      assertEquals(
        error.message,
        `f: ${name} must be a whole number from 1 to 65535. Write it as in ${name} = 65535.`,
      );
      return true;
    });
  }
});
