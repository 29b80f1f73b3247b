/**
 * A small virtual machine with genuine USB: Linux's own drivers for serial devices, behind a
 * simulated controller of the kernel's (ACM) and a device of QEMU's (FTDI).
 */

import { within } from "@/base/deadline.ts";
import { temporaryDirectory } from "../support/product.ts";
import { packImage } from "./image.ts";

/** Emulated without help of the processor it boots in 8 s on an idle machine. */
const BOOT_MS = 120_000;
/** The slowest thing it does is to unpack the executable: 15 s. */
const COMMAND_MS = 120_000;
const QMP_MS = 20_000;
const POLL_MS = 50;
const END_MS = 10_000;

/** What a command in the machine left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the machine is wired. */
export interface MachineOptions {
  /**
   * Boards' TCP ports on this computer: `acm` is at the far end of the machine's own USB gadget,
   * `ftdi` behind the adapter that {@linkcode Machine.qmp} plugs in as `chardev: "ftdi"`.
   */
  readonly boards: { readonly acm: number; readonly ftdi: number };
}

/** The virtual machine, switched on. */
export class Machine implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #shell: Lines;
  readonly #qmp: Lines;

  private constructor(stack: AsyncDisposableStack, lines: { shell: Lines; qmp: Lines }) {
    this.#stack = stack;
    this.#shell = lines.shell;
    this.#qmp = lines.qmp;
  }

  /** Boots one. */
  static async start({ boards }: MachineOptions): Promise<Machine> {
    await using stack = new AsyncDisposableStack();
    const { path: folder } = stack.use(await temporaryDirectory());
    const { kernel, initrd } = await packImage(folder);
    const child = new Deno.Command("qemu-system-x86_64", {
      args: [
        ...["-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536"],
        ...["-kernel", kernel, "-initrd", initrd, "-no-reboot", "-nic", "none"],
        ...["-append", "console=ttyS0 quiet panic=-1 mitigations=off"],
        ...["-display", "none", "-monitor", "none", "-serial", `file:${folder}/console`],
        ...["-serial", `unix:${folder}/shell,server=on,wait=off`],
        ...["-qmp", `unix:${folder}/qmp,server=on,wait=off`],
        ...["-device", "qemu-xhci,id=xhci", "-device", "virtio-serial-pci"],
        ...["-chardev", `socket,id=acm,host=127.0.0.1,port=${boards.acm}`],
        ...["-device", "virtserialport,chardev=acm,name=board"],
        ...["-chardev", `socket,id=ftdi,host=127.0.0.1,port=${boards.ftdi}`],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await within(END_MS, child.status);
    });
    const shell = stack.use(await Lines.connect(`${folder}/shell`, BOOT_MS));
    const qmp = stack.use(await Lines.connect(`${folder}/qmp`, QMP_MS));
    while (await shell.next(BOOT_MS) !== "ready");
    await qmp.next(QMP_MS); // its greeting
    const machine = new Machine(stack.move(), { shell, qmp });
    await machine.qmp("qmp_capabilities");
    return machine;
  }

  /** Runs a line of shell in the machine. */
  async run(line: string): Promise<Ran> {
    await this.#shell.send(line.replaceAll("\n", "; "));
    const [code, stdout, stderr] = (await this.#shell.next(COMMAND_MS)).split(" ");
    return { code: Number(code), stdout: text(stdout), stderr: text(stderr) };
  }

  /** Runs a line of shell that must end well, and returns what it prints. */
  async need(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(line);
    if (code !== 0) throw new Error(`"${line}" ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Gives QEMU an order: QEMU Machine Protocol. */
  async qmp(execute: string, args: Record<string, unknown> = {}): Promise<void> {
    await this.#qmp.send(JSON.stringify({ execute, arguments: args }));
    for (;;) {
      const answer = JSON.parse(await this.#qmp.next(QMP_MS));
      if (answer.error) throw new Error(`${execute}: ${answer.error.desc}`);
      if (answer.return) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function text(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64 ?? ""));
}

/** A socket of QEMU's that speaks in lines. */
class Lines implements AsyncDisposable {
  readonly #conn: Deno.Conn;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #buffer = "";

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#reader = conn.readable.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Connects as soon as QEMU has made the socket. */
  static async connect(path: string, withinMs: number): Promise<Lines> {
    for (const end = performance.now() + withinMs;;) {
      try {
        return new Lines(await Deno.connect({ transport: "unix", path }));
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  async send(line: string): Promise<void> {
    const bytes = new TextEncoder().encode(`${line}\n`);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async next(withinMs: number): Promise<string> {
    const line = this.#next();
    if (!await within(withinMs, line)) {
      throw new Error(`The virtual machine said nothing for ${withinMs} ms.`);
    }
    return await line;
  }

  async #next(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf("\n");
      if (end >= 0) {
        const line = this.#buffer.slice(0, end).trimEnd();
        this.#buffer = this.#buffer.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("The virtual machine has stopped.");
      this.#buffer += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // which closes the connection
  }
}
