/** `%cp`, `%cat`, `%rm`, `%mkdirs`, `%rlist`, `%df` and `%cd` on simulated boards. */

import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { startBoards } from "../mocks/sim.ts";
import { SyncDesk } from "./sync_testing.ts";

/** All files of the board with their content, in the order of their paths. */
async function contents(desk: SyncDesk): Promise<Record<string, string>> {
  const text = await desk.run(`import os, json
def _walk(d):
    for n, t, *_ in os.ilistdir(d or "/"):
        p = d + "/" + n
        if t & 0x4000:
            yield p, None
            yield from _walk(p)
        else:
            with open(p) as f:
                yield p, f.read()
print(json.dumps(dict(_walk(""))))
`);
  const found: Record<string, string> = JSON.parse(text);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
}

async function fails(desk: SyncDesk, cell: string): Promise<string> {
  const { outcome } = await desk.try(cell);
  ok(outcome.status === "error", `${cell} went well`);
  return `${outcome.exitCode}: ${outcome.evalue}`;
}

Deno.test("%cp copies files to the board: into folders, under new names, by patterns", async () => {
  await using desk = await SyncDesk.open({
    host: { "a.py": "a", "b.py": "b", "c.txt": "c", ".d.py": "d", "sub/e.py": "e" },
    board: { "/lib/keep": "k" },
  });
  await desk.run(`%cd ${desk.home}`);
  await desk.run("%cp a.py :");
  await desk.run("%cp a.py :/lib");
  await desk.run("%cp a.py :new.py");
  await desk.run("%cp a.py :made/deep/");
  await desk.run('%cp "*.py" sub/e.py :/all/');
  await desk.run("%cp b.py :a.py");
  assertEquals(await contents(desk), {
    "/a.py": "b",
    "/all": null,
    "/all/a.py": "a",
    "/all/b.py": "b",
    "/all/e.py": "e",
    "/lib": null,
    "/lib/a.py": "a",
    "/lib/keep": "k",
    "/made": null,
    "/made/deep": null,
    "/made/deep/a.py": "a",
    "/new.py": "a",
  } as unknown);
});

Deno.test("%cp -r copies folders both ways as cp does", async () => {
  await using desk = await SyncDesk.open({ host: { "p/x.py": "x", "p/q/y.py": "y" } });
  await Deno.mkdir(`${desk.home}/p/empty`);
  await desk.run(`%cd ${desk.home}`);
  await desk.run("%cp -r p :new");
  await desk.run("%cp -r p/ :new");
  const board = await contents(desk);
  assertEquals(Object.keys(board), [
    "/new",
    "/new/empty",
    "/new/p",
    "/new/p/empty",
    "/new/p/q",
    "/new/p/q/y.py",
    "/new/p/x.py",
    "/new/q",
    "/new/q/y.py",
    "/new/x.py",
  ]);
  await desk.run("%cp -r :new/p back");
  assertEquals(await Deno.readTextFile(`${desk.home}/back/q/y.py`), "y");
  ok((await Deno.stat(`${desk.home}/back/empty`)).isDirectory);
  await desk.run("%cp -r :new/p back");
  assertEquals(await Deno.readTextFile(`${desk.home}/back/p/x.py`), "x");
  await desk.run("%cp -r :/ all");
  assertEquals(await Deno.readTextFile(`${desk.home}/all/new/x.py`), "x");
  await desk.run("%cp -r :new/q :copied");
  assertEquals((await contents(desk))["/copied/y.py"], "y");
});

Deno.test("%cp copies files from the board, by patterns, and any bytes", async () => {
  await using desk = await SyncDesk.open({ board: { "/a.py": "a", "/b.py": "b", "/c.txt": "c" } });
  await desk.run(`%cd ${desk.home}`);
  await desk.run("%cp ':*.py' got/");
  assertEquals(
    (await Array.fromAsync(Deno.readDir(`${desk.home}/got`), ({ name }) => name)).sort(),
    ["a.py", "b.py"],
  );
  const bytes = crypto.getRandomValues(new Uint8Array(5_000));
  await desk.write("data.bin", bytes);
  await desk.run("%cp data.bin :\n%cp :data.bin copy.bin");
  assertEquals(await Deno.readFile(`${desk.home}/copy.bin`), bytes);
});

Deno.test("%cp keeps names with blanks, quotes, per cent and letters of all kinds", async () => {
  await using desk = await SyncDesk.open();
  const names = [`a b.py`, `it's "x".py`, "100%.txt", "größe 漢字 🐍.py", "[1].py", `\\n.py`];
  for (const name of names) await desk.write(`in/${name}`, name);
  await desk.run(`%cd ${desk.home}\n%cp -r in :\n%cp -r :in out`);
  for (const name of names) {
    assertEquals(await Deno.readTextFile(`${desk.home}/out/${name}`), name);
  }
  await desk.run("%cp ':in/[1].py' 'in/a b.py' :/");
  assertEquals((await contents(desk))["/[1].py"], "[1].py");
});

Deno.test("%cp says what makes no sense, before it copies anything", async () => {
  await using desk = await SyncDesk.open({
    host: { "a.py": "a", "sub/a.py": "b" },
    board: { "/f": "f", "/d/x": "x" },
  });
  await desk.run(`%cd ${desk.home}`);
  const cases: [string, RegExp][] = [
    ["%cp a.py b.py", /^2: Nothing of this is on the board: a colon marks its side/],
    ["%cp a.py :f b.py", /^2: "a\.py" and "b\.py" are both on this computer/],
    ["%cp none.py :", /^1: Cannot read ".*none\.py": it is not there/],
    ["%cp :none.py .", /^1: Cannot copy ":\/none\.py": the board has no such file/],
    ["%cp ':*.zip' .", /^1: Nothing on the board matches "\/\*\.zip"/],
    ["%cp '*.zip' :", /^1: Nothing on this computer matches/],
    ["%cp sub :", /^2: "sub" is a folder\. cp -r/],
    ["%cp :d .", /^2: ":\/d" is a folder\. cp -r/],
    ["%cp a.py :f/", /^2: "\/f" is a file, not a folder/],
    ["%cp a.py sub/a.py :none", /^2: There is no folder "\/none"\. End it with \//],
    ["%cp a.py sub/a.py :", /^2: ".*a\.py" and ".*sub\/a\.py" would both become "\/a\.py"/],
    ["%cp -r sub :f", /^2: Cannot copy the folder ".*sub" over the file "\/f"/],
    ["%cp :../x .", /^2: "\/\.\.\/x" leads above the board's root/],
    ["%cp a.py ::", /^2: "::" begins with two colons/],
    ["%cp a.py $NOWHERE/x :", /^2: .*NOWHERE is not set/],
  ];
  for (const [cell, expected] of cases) match(await fails(desk, cell), expected);
  assertEquals(await contents(desk), { "/d": null, "/d/x": "x", "/f": "f" } as unknown);
});

Deno.test("%cp writes nothing outside its target, whatever a board calls its files", async () => {
  await using desk = await SyncDesk.open({ board: { "/p/x.py": "x" } });
  await desk.run(`%cd ${desk.home}`);
  // A board whose os lies.
  await desk.run(`import os
class _Os:
    def __getattr__(self, name):
        return getattr(_real, name)
    def listdir(self, *path):
        return ["../../evil.py"] if path and path[0].startswith("/p") else _real.listdir(*path)
    def stat(self, path):
        return _real.stat("/p/x.py") if "evil" in path else _real.stat(path)
_real = os
import sys
sys.modules["os"] = _Os()
`);
  match(await fails(desk, "%cp -r :p got"), /such a name would lead out of the target folder/);
  const names = await Array.fromAsync(Deno.readDir(desk.home), ({ name }) => name);
  ok(!names.includes("evil.py"));
});

Deno.test("%cp reads regular files only: a pipe has no end", async () => {
  await using desk = await SyncDesk.open({ host: { "d/a.py": "a" } });
  const { success } = await new Deno.Command("mkfifo", { args: [`${desk.home}/d/pipe`] }).output();
  ok(success);
  await desk.run(`%cd ${desk.home}`);
  for (const cell of ["%cp d/pipe :", "%cp -r d :", "%cp /dev/null :", "%cp 'd/p*' :"]) {
    match(await fails(desk, cell), /^1: Cannot read ".*(pipe|null)": it is not a regular file/);
  }
  assertEquals(await contents(desk), {});
});

Deno.test("%cp copies names that are as long as names can be", async () => {
  await using desk = await SyncDesk.open();
  const name = "x".repeat(255);
  await desk.write(name, "long");
  await desk.run(`%cd ${desk.home}\n%cp ${name} :\n%cp :${name} back/`);
  assertEquals(await Deno.readTextFile(`${desk.home}/back/${name}`), "long");
});

Deno.test("%cp leaves a file alone that is the same, and clears what a broken copy left", async () => {
  await using desk = await SyncDesk.open({
    host: { "a.py": "a", "b.py": "b" },
    board: { "/a.py": "a", "/b.py": "old", "/x.bin.iot-part": "x", "/d/y.iot-part": "y" },
  });
  await desk.run(`%cd ${desk.home}`);
  const times = "import os\nprint(os.stat('/a.py')[8])";
  const before = await desk.run(times);
  const stamp = "import machine\nmachine.RTC().datetime((2040, 1, 2, 0, 3, 4, 5, 0))";
  assertEquals(await desk.run(`${stamp}\n%cp a.py b.py :\n${times}`), before);
  const left = { "/a.py": "a", "/b.py": "b", "/d": null, "/d/y.iot-part": "y" };
  assertEquals(await contents(desk), left as unknown);
});

Deno.test("%cp says before it writes that a file has no room beside its old one", async () => {
  await using simulation = await startBoards({
    names: ["small"],
    profile: "esp32",
    pty: true,
    faults: ["full=100000"],
  });
  const url = simulation.boards[0].addresses[0];
  await using desk = await SyncDesk.open({ variables: { IOT_DEVICE: url } });
  const write = (fill: number) => desk.write("big.bin", new Uint8Array(60_000).fill(fill));
  await write(1);
  await desk.run(`%cd ${desk.home}\n%cp big.bin :`);
  await write(2);
  match(
    await fails(desk, "%cp big.bin :"),
    /^1: Cannot write "\/big\.bin": it needs 58\.6 KB, and [\d.]+ KB of \/ are free besides the old one, .* rm \/big\.bin first makes room\. Nothing was written\.$/,
  );
  await desk.run("%rm big.bin\n%cp big.bin :");
  await write(3);
  await desk.write("more.bin", new Uint8Array(110_000));
  match(await fails(desk, "%cp more.bin :"), /"\/more\.bin": it needs .* are free\. df and rlist/);
});

Deno.test("%cat prints bytes; a notebook adds a newline, the shell does not", async () => {
  await using desk = await SyncDesk.open({ board: { "/a": "é\n", "/b": "b" } });
  assertEquals(await desk.run("%cat a b"), "é\n\nb\n");
  match(await fails(desk, "%cat none"), /^1: .*"\/none"/);
  await using shell = await SyncDesk.open({ surface: "shell", board: { "/a": "é", "/b": "b" } });
  assertEquals((await shell.call("cat", ["/a", ":b"])).stdout, "éb");
});

Deno.test("%rm removes files, folders and patterns, and asks before too much", async () => {
  await using desk = await SyncDesk.open({
    board: { "/a.py": "", "/b.py": "", "/c.txt": "", "/d/e/f": "", "/.g": "" },
  });
  match(await fails(desk, "%rm d"), /^2: "\/d" is a folder\. rm -r/);
  match(await fails(desk, "%rm a.py none"), /^1: .*"\/none"/);
  await desk.run("%rm -f none\n%rm -rf none/at/all '*.zip'");
  assertEquals(Object.keys(await contents(desk)).length, 7, "nothing is gone");
  await desk.run("%rm '*.py'\n%rm -r d");
  assertEquals(Object.keys(await contents(desk)), ["/.g", "/c.txt"]);
  match(await fails(desk, "%rm -r /"), /^2: This would remove all files/);
  await desk.run("%rm -rf /");
  assertEquals(await contents(desk), {});
});

Deno.test("an empty path is a mistake, not the whole board", async () => {
  await using desk = await SyncDesk.open({ host: { "a.py": "a" }, board: { "/a": "1" } });
  await desk.run(`%cd ${desk.home}`);
  const cells = ["%rm -rf ''", "%rm -rf a ''", "%cat ''", "%mkdirs ''", "%rlist ''"];
  for (const cell of [...cells, "%cp '' :", "%cp a.py ''", "%cp -r '' :"]) {
    match(await fails(desk, cell), /^2: An empty path names nothing/);
  }
  assertEquals(await contents(desk), { "/a": "1" });
});

Deno.test("%mkdirs makes folders, and those above them", async () => {
  await using desk = await SyncDesk.open({ board: { "/f": "" } });
  await desk.run("%mkdirs a/b/c /d :e\n%mkdirs a/b");
  assertEquals(Object.keys(await contents(desk)), ["/a", "/a/b", "/a/b/c", "/d", "/e", "/f"]);
  match(await fails(desk, "%mkdirs f/x"), /^1: /);
});

Deno.test("%rlist lists a folder or a file, hidden ones not", async () => {
  await using desk = await SyncDesk.open({
    board: { "/.x": "", "/a-b.py": "1", "/a/b.py": "22", "/a/.y": "", "/a/c/d": "" },
  });
  const date = /[A-Z][a-z]{2} \d\d \d\d:\d\d \d{4}/g;
  const list = async (cell: string) => (await desk.run(cell)).replace(date, "Jun 29 18:41 2021");
  assertEquals(
    await list("%rlist"),
    `                            a/
      2  Jun 29 18:41 2021      b.py
                                c/
      0  Jun 29 18:41 2021          d
      1  Jun 29 18:41 2021  a-b.py
`,
  );
  assertEquals(
    await list("%rlist a/"),
    `      2  Jun 29 18:41 2021  b.py
                            c/
      0  Jun 29 18:41 2021      d
`,
  );
  assertEquals(await list("%rlist a/b.py"), "      2  Jun 29 18:41 2021  b.py\n");
  match(await fails(desk, "%rlist none"), /^1: .*"\/none"/);
});

Deno.test("%df shows how full the board is", async () => {
  await using desk = await SyncDesk.open();
  match(
    await desk.run("%df"),
    /^Mounted on +Size +Used +Free +Use%\n\/ +2\.0 MB +[\d.]+ (KB|bytes) +2\.0 MB +\d%\n$/,
  );
});

Deno.test("paths are meant from the board's working directory", async () => {
  await using desk = await SyncDesk.open({ board: { "/lib/x.py": "x" } });
  assertEquals(
    await desk.run("import os\nos.chdir('/lib')\n%cat x.py\n%cat ../lib/x.py"),
    "x\nx\n",
  );
});

Deno.test("%cd goes to a directory, home, and back", async () => {
  await using desk = await SyncDesk.open({ host: { "sub/x": "" } });
  assertEquals(await desk.run("%cd ~/sub"), `${desk.home}/sub\n`);
  assertEquals(await desk.run("%cd .."), `${desk.home}\n`);
  assertEquals(await desk.run("%cd -"), `${desk.home}/sub\n`);
  assertEquals(await desk.run("%cd"), `${desk.home}\n`);
  match(await fails(desk, "%cd none"), /^2: Cannot change to ".*none": there is no such directory/);
  assertEquals(await desk.run("%cd sub"), `${desk.home}/sub\n`);
});
