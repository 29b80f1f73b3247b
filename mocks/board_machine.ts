/**
 * The board itself, on its own thread: power, serial port, flash and interpreter, wired together.
 *
 * It runs until its power goes. It never returns to an event loop: like a real board it has one
 * thing to do, and where there is nothing to do it sleeps.
 */

import { Front } from "./front/behaviour.ts";
import { FileService } from "./interpreter/file_service.ts";
import { FileSystem } from "./interpreter/file_system.ts";
import { type Hooks, Interpreter } from "./interpreter/interpreter.ts";
import { MemoryView } from "./interpreter/memory_view.ts";
import { SerialPort } from "./interpreter/serial_port.ts";
import { BOOT_PROGRAM, ROM_HEAP_BYTES, romFor } from "./interpreter/rom.ts";
import { SystemCalls } from "./interpreter/system_calls.ts";
import { ADDRESS } from "./interpreter/wasm_patch.ts";
import { Clock, ControlDevice } from "./interpreter/control_device.ts";
import { type Profile, profileNamed, uidOf } from "./profiles.ts";
import { randomSource } from "./random.ts";
import { type BoardMessage, type BoardStart, Power, SharedBoard } from "./shared_board.ts";

/** Thrown through the interpreter: it has to stop now, whatever it does. */
export class PowerChange extends Error {
  readonly power: number;

  constructor(power: number) {
    super("power");
    this.power = power;
  }
}

/** How many bytes behind the data the stack and the C library need at the start, in pages. */
export const INITIAL_PAGES = 4;
/** More than any profile's memory and all that C code needs. */
export const MAXIMUM_PAGES = 64;
/** machine.reset_cause(); ports/esp32/modmachine.c */
const ResetCause = { powerOn: 1, hard: 2, soft: 5 } as const;

const CTRL_C = 0x03;

/** What there is from one start to the next. */
interface Life {
  readonly interpreter: Interpreter;
  readonly calls: SystemCalls;
  readonly front: Front;
  readonly port: SerialPort;
  readonly control: ControlDevice;
}

/** A board with power. */
export class BoardMachine {
  readonly #shared: SharedBoard;
  readonly #profile: Profile;
  readonly #uid: Uint8Array;
  readonly #module: WebAssembly.Module;
  readonly #post: (message: BoardMessage) => void;
  readonly #memory: MemoryView;
  readonly #clock = new Clock();
  readonly #files: FileSystem;
  readonly #fileService: FileService;
  readonly #random: () => number;
  readonly #bootProgram: string | undefined;
  #booted = false;

  constructor(
    start: BoardStart,
    module: WebAssembly.Module,
    post: (message: BoardMessage) => void,
  ) {
    this.#shared = new SharedBoard(start);
    this.#profile = profileNamed(start.profile);
    this.#uid = uidOf(start.name, this.#profile);
    this.#module = module;
    this.#post = post;
    this.#random = randomSource(start.seed);
    this.#memory = new MemoryView(
      new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true }),
    );
    this.#files = new FileSystem(this.#profile.flash, {
      now: () => this.#clock.nowMs(),
      onChange: (change) => post({ kind: "file", change }),
    });
    for (const { path, data } of start.files) {
      if (data === null) this.#files.mkdir(path);
      else this.#files.load(path, data);
    }
    if (start.freeBytes !== undefined) this.#files.leaveFree(start.freeBytes);
    this.#bootProgram = start.bootProgram;
    this.#fileService = new FileService(this.#files);
  }

  /** Runs until the power goes. */
  run(): void {
    this.#post({ kind: "powered", memory: this.#memory.memory.buffer as SharedArrayBuffer });
    for (let cause: number = ResetCause.powerOn;; cause = ResetCause.hard) {
      try {
        this.#runFromPowerUp(cause);
      } catch (error) {
        if (error instanceof PowerChange && error.power === Power.off) return;
        if (!(error instanceof PowerChange)) {
          // What ends the interpreter itself (a stack that is too deep, a trap) restarts a board.
          const text = error instanceof Error ? error.message : String(error);
          this.#say(`\r\nFATAL: ${text}\r\nRebooting...\r\n`);
        }
      } finally {
        this.#shared.running = false;
      }
      this.#fileService.dropAll();
      this.#post({ kind: "restarts" });
    }
  }

  /** From power-up over any number of soft resets to the end of power. */
  #runFromPowerUp(cause: number): void {
    this.#shared.receive.clear();
    let rawRepl = false;
    for (let resetCause = cause;; resetCause = ResetCause.soft) {
      const life = this.#start(resetCause);
      try {
        rawRepl = this.#live(life, rawRepl);
        life.calls.closeAll();
        this.#fileService.closeAll();
        this.#post({ kind: "restarts" });
      } catch (error) {
        life.calls.dropAll();
        throw error;
      }
    }
  }

  #start(resetCause: number): Life {
    this.#shared.running = false;
    this.#memory.fill(0);
    const front = new Front(this.#profile);
    let interpreter: Interpreter | undefined = undefined;
    const pending = () => {
      const power = this.#shared.power;
      if (power !== Power.on) {
        if (power === Power.reset) this.#shared.power = Power.on;
        throw new PowerChange(power);
      }
      this.#serveFiles();
      return this.#memory.u32(ADDRESS.pendingException) !== 0;
    };
    const port = new SerialPort(this.#shared, {
      pending,
      interrupt: () => interpreter!.interrupt(),
      post: () => this.#post({ kind: "bell" }),
      pasteWindow: typeof this.#profile.rawPaste === "number" ? this.#profile.rawPaste : 0,
    });
    const control = new ControlDevice(this.#memory, {
      profile: this.#profile,
      clock: this.#clock,
      place: (bytes) => interpreter!.place(bytes),
      power: (power) => {
        throw new PowerChange(power);
      },
    });
    const calls = new SystemCalls({
      memory: this.#memory,
      files: this.#files,
      epochOffsetSeconds: this.#profile.epochOffsetSeconds,
      devices: port.devices({ front, control }),
      rom: romFor(this.#profile, {
        uid: this.#uid,
        resetCause,
        ...(this.#bootProgram !== undefined && { bootProgram: this.#bootProgram }),
      }),
      idle: () => port.idle(),
    });
    const hooks: Hooks = {
      sleepMs: (ms) => port.sleepMs(ms),
      receivedByte: () => port.receivedByte(),
      pasteByte: () => port.pasteByte(),
      pasteClose: () => port.pasteClose(),
      randomU32: this.#random,
      nowMs: () => this.#clock.nowMs(),
    };
    interpreter = new Interpreter(this.#module, this.#memory, {
      hooks,
      heapBytes: this.#profile.heapBytes + ROM_HEAP_BYTES,
      systemCalls: calls.imports(),
    });
    return { interpreter, calls, front, port, control };
  }

  /** From one start to the next soft reset. Returns whether the raw REPL was on. */
  #live(life: Life, rawRepl: boolean): boolean {
    const { interpreter, calls, front, port, control } = life;
    calls.romVisible = true;
    interpreter.runFile("start.py");
    control.sealed = true;
    interpreter.rawRepl = rawRepl;
    this.#shared.running = true;
    if (this.#bootProgram !== undefined) {
      this.#markBooted();
      if (interpreter.runFile(BOOT_PROGRAM)) return this.#softReset(interpreter.rawRepl);
    }
    calls.romVisible = false;
    // ports/*/main.c: main.py only runs before the friendly REPL, and not when boot.py ended it.
    const resetByBoot = this.#runIfThere("boot.py", life);
    const reset = resetByBoot || (!rawRepl && this.#runIfThere("main.py", life));
    if (reset) return this.#softReset(interpreter.rawRepl);
    front.start();
    interpreter.startRepl();
    this.#markBooted();
    for (;;) {
      let byte = port.receivedByte();
      if (byte < 0) {
        // An interrupt that came as the program ended: at the prompt it is a Ctrl-C like any other.
        this.#memory.setU32(ADDRESS.pendingException, 0);
        byte = CTRL_C;
      }
      for (const given of front.input(byte, interpreter.rawRepl)) {
        if (interpreter.input(given)) return this.#softReset(interpreter.rawRepl);
      }
    }
  }

  #runIfThere(path: string, { interpreter }: { interpreter: Interpreter }): boolean {
    if (this.#files.find(`/${path}`)?.isDirectory !== false) return false;
    this.#markBooted();
    return interpreter.runFile(path);
  }

  /** What network services want done, wherever the program lets go of the processor. */
  #serveFiles(): void {
    for (let request; (request = this.#shared.takeRequest()) !== undefined;) {
      this.#post({ kind: "answer", answer: this.#fileService.answer(request) });
    }
  }

  #markBooted(): void {
    if (!this.#booted) this.#post({ kind: "booted" });
    this.#booted = true;
  }

  #softReset(rawRepl: boolean): boolean {
    this.#say(`${this.#profile.softResetText}\r\n`);
    return rawRepl;
  }

  /** Says `text`, waiting while the ring is full; nothing of it once the power goes. */
  #say(text: string): void {
    let rest: Uint8Array = new TextEncoder().encode(text);
    while (rest.length > 0 && this.#shared.listening && this.#shared.power === Power.on) {
      const bell = this.#shared.bell;
      const count = this.#shared.transmit.put(rest);
      if (count > 0 && this.#shared.outputWanted()) this.#post({ kind: "bell" });
      if (count === 0) this.#shared.sleep(bell);
      rest = rest.subarray(count);
    }
  }
}
