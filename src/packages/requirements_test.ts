import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { readRequirement, readRequirements } from "./requirements.ts";

/** Each row: what is written, the package's name, its one version, and whether any version will do. */
const ROWS: readonly [
  text: string,
  name: string | undefined,
  version: string | undefined,
  isOpen: boolean,
][] = [
  ["adafruit-io", "adafruit-io", undefined, true],
  ["Adafruit_IO.x", "adafruit-io-x", undefined, true],
  ["a==1.0", "a", "1.0", false],
  ["a[b] == 1.0 ; python_version > '3'", "a", "1.0", false],
  ["a ; python_version > '3'", "a", undefined, true],
  ["a==1.*", "a", undefined, false],
  ["a>=1,<2", "a", undefined, false],
  ["./a", undefined, undefined, false],
  ["a-1.0-py3-none-any.whl", undefined, undefined, false],
  ["https://host/a.zip", undefined, undefined, false],
  ["git+https://host/a", undefined, undefined, false],
];

Deno.test("readRequirement() reads names, versions, URLs and paths", () => {
  for (const [text, name, version, isOpen] of ROWS) {
    const expected = {
      text,
      isOpen,
      ...(name !== undefined && { name }),
      ...(version !== undefined && { version }),
    };
    assertEquals(readRequirement(text), expected);
  }
  for (const text of ["", "-e .", "a\nb"]) throws(() => readRequirement(text), /is no package/);
});

Deno.test("readRequirements() joins lines, leaves out comments and refuses options", () => {
  const text = "# all\r\na==1 \\\n  --hash=sha256:00\n\nb # ours\nhttps://h/x#egg=c\n";
  const texts = readRequirements(text, "r.txt").map(({ text }) => text);
  assertEquals(texts, ["a==1  --hash=sha256:00", "b", "https://h/x#egg=c"]);
  throws(
    () => readRequirements("a\n-r other.txt\n", "r.txt"),
    /Cannot use r\.txt:2: "-r other\.txt"/,
  );
});
