import assert from "node:assert/strict";
import { TransportError } from "@/transport/transport.ts";
import { MpClient } from "./mp_client.ts";
import { ReplError } from "./repl_error.ts";
import { bytes, type Exchange, on, ScriptedTransport } from "./scripted_testing.ts";

const text = (data: Uint8Array) => String.fromCharCode(...data);

/** Plays `script`, lets `work` run, and asserts that exactly the script was written. */
async function play(
  script: Exchange[],
  work: (client: MpClient, board: ScriptedTransport) => Promise<void>,
) {
  const board = new ScriptedTransport(...script);
  await work(new MpClient(board), board);
  assert.equal(board.reading, false, "a read was left pending");
  board.assertDone();
}

async function run(client: MpClient, code: string) {
  let output = "";
  const result = await client.exec(code, { onOutput: (chunk) => void (output += text(chunk)) });
  return { ...result, output };
}

Deno.test("MpClient.exec() hands on output and returns the traceback, however they come", async () => {
  const script = [
    on("evex\n8\nprint(1)", "OK\n1\r\n\x04\x04"),
    on("evex\n3\n1/0", "O", "K", "\n", "be", "fore", "\x04Trace", "back", "\x04"),
    on("evex\n4\npass", "OK\n\x04\x04"),
  ];
  await play(script, async (client) => {
    assert.deepEqual(await run(client, "print(1)"), {
      output: "1\r\n",
      stderr: "",
      interrupted: false,
    });
    const { output, stderr } = await run(client, "1/0");
    assert.deepEqual({ output, stderr }, { output: "before", stderr: "Traceback" });
    assert.deepEqual((await run(client, "pass")).output, "");
    assert.equal(client.ready, true);
  });
});

Deno.test("MpClient.exec() counts bytes, not letters", async () => {
  const code = "print('é')";
  const wire = String.fromCharCode(...new TextEncoder().encode(code));
  await play([on(`evex\n11\n${wire}`, "OK\n\x04\x04")], async (client) => {
    await client.exec(code);
  });
});

Deno.test("MpClient.exec() runs nothing for empty code", async () => {
  await play([], async (client) => {
    assert.deepEqual(await client.exec(""), { stderr: "", interrupted: false });
  });
});

Deno.test("MpClient.exec() leaves a program alone that is to be interrupted, and says so", async () => {
  for (const stopBy of ["signal", "deadline"]) {
    const board = new ClosingTransport(on("evex\n4\nloop", "OK\n", "on"));
    const client = new MpClient(board);
    const stop = new AbortController();
    const running = client.exec("loop", {
      ...(stopBy === "deadline" ? { deadlineMs: 1 } : { signal: stop.signal }),
      onOutput: () => stopBy === "signal" ? stop.abort() : undefined,
    });
    await assert.rejects(running, (error: TransportError) => {
      assert.ok(error instanceof TransportError);
      assert.equal(error.code, "closed");
      assert.match(error.message, /cannot be interrupted: mp:\/\/ has no way to/);
      return true;
    });
    assert.equal(board.closed, true);
  }
});

/** Closing it ends its reads. */
class ClosingTransport extends ScriptedTransport {
  closed = false;

  override close(): Promise<void> {
    this.closed = true;
    this.hangUp();
    return Promise.resolve();
  }
}

Deno.test("MpClient closes a connection on which the board is out of step", async () => {
  const board = new ClosingTransport(on("evex\n4\npass", "what?\n"));
  await assert.rejects(new MpClient(board).exec("pass"), (error: ReplError) => {
    assert.equal(error.code, "protocol");
    assert.match(error.message, /does not answer "evex".*"what\?"/);
    return true;
  });
  assert.equal(board.closed, true);
});

Deno.test("MpClient.exec() throws what the output's taker throws, and closes the connection", async () => {
  const board = new ClosingTransport(on("evex\n4\npass", "OK\nx"));
  const full = new Error("disk full");
  const running = new MpClient(board).exec("pass", { onOutput: () => Promise.reject(full) });
  await assert.rejects(running, full);
  assert.equal(board.closed, true);
});

Deno.test("MpClient.exec() sees that the board went away", async () => {
  const board = new ClosingTransport(on("evex\n4\npass", "OK\n"));
  const running = new MpClient(board).exec("pass");
  board.hangUp();
  await assert.rejects(running, { name: "TransportError", code: "gone" });
});

Deno.test("MpClient.fget() and fput() move bytes of every value", async () => {
  const all = String.fromCharCode(...Array(256).keys());
  const script = [
    on("fget\n/lib/a b.py\n", "OK\n256\n" + all.slice(0, 100), all.slice(100)),
    on(`fput\n/x\n256\n${all}`, "OK\n"),
    on("fget\n/empty\n", "OK\n0\n"),
  ];
  await play(script, async (client) => {
    assert.equal(text(await client.fget("/lib/a b.py")), all);
    await client.fput("/x", bytes(all));
    assert.equal((await client.fget("/empty")).length, 0);
  });
});

Deno.test("MpClient hands on why a file could not be moved, and goes on", async () => {
  const script = [
    on("fget\n/none\n", "OSError: 2\n"),
    on("fput\n/full\n1\nx", "OSError: 28\n"),
    on("evex\n4\npass", "OK\n\x04\x04"),
  ];
  await play(script, async (client) => {
    await assert.rejects(client.fget("/none"), {
      code: "exception",
      message: 'The board at test://board could not read "/none": OSError: 2.',
    });
    await assert.rejects(client.fput("/full", bytes("x")), { message: /could not write.*28/ });
    await client.exec("pass");
  });
});

Deno.test("MpClient refuses what the protocol cannot do", async () => {
  await play([], async (client) => {
    for (const refused of [() => client.softReset(), () => client.feed()]) {
      await assert.rejects(refused, { name: "ReplError", code: "unsupported" });
    }
    for (const path of ["", "/a\nb"]) {
      await assert.rejects(client.fget(path), { name: "UsageError" });
      await assert.rejects(client.fput(path, new Uint8Array()), { name: "UsageError" });
    }
  });
});

Deno.test("MpClient runs one command at a time, and none with a signal that has aborted", async () => {
  await play([on("evex\n4\npass", "OK\n\x04\x04")], async (client) => {
    const reason = new Error("enough");
    await assert.rejects(client.exec("pass", { signal: AbortSignal.abort(reason) }), reason);
    const first = client.exec("pass");
    await assert.rejects(client.exec("pass"), /the board is in use/);
    await first;
  });
});
