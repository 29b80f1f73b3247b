/**
 * The board itself, on its own thread: power, serial port, flash and interpreter, wired together.
 *
 * It runs until its power goes. It never returns to an event loop: like a real board it has one
 * thing to do, and where there is nothing to do it sleeps.
 */

import { BoardStage, type Settings } from "./circuitpython/board_stage.ts";
import { ReloadRequest, supervise } from "./circuitpython/supervisor.ts";
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
import type { Life } from "./life.ts";
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

const CTRL_B = 0x02;
const CTRL_C = 0x03;

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
  /** Of CircuitPython: what outlives an interpreter, until the power goes. */
  readonly #settings: Settings = { autoreload: true, booting: false };
  /** What was said, while that is to be known. */
  #record: string[] | undefined;

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
      this.#restarts();
    }
  }

  /** From power-up over any number of soft resets to the end of power. */
  #runFromPowerUp(cause: number): void {
    this.#shared.receive.clear();
    this.#record = undefined;
    if (this.#profile.circuitPython !== undefined) this.#superviseCircuitPython();
    let rawRepl = false;
    for (let resetCause = cause;; resetCause = ResetCause.soft) {
      rawRepl = this.#inLife(resetCause, (life) => this.#live(life, rawRepl));
      this.#restarts();
    }
  }

  /** Starts an interpreter for `run`, and closes its files at its end. */
  #inLife<T>(resetCause: number, run: (life: Life) => T): T {
    const life = this.#start(resetCause);
    try {
      const result = run(life);
      this.#closeFiles(life);
      return result;
    } catch (error) {
      if (error instanceof ReloadRequest) this.#closeFiles(life);
      else life.calls.dropAll();
      throw error;
    }
  }

  #closeFiles(life: Life): void {
    life.calls.closeAll();
    this.#fileService.closeAll();
  }

  #superviseCircuitPython(): never {
    this.#settings.autoreload = true;
    this.#settings.booting = true;
    // Code may not write while a host sees the drive, which it does once boot.py has ended.
    this.#files.readOnly = true;
    return supervise(
      new BoardStage({
        profile: this.#profile,
        uid: this.#uid,
        shared: this.#shared,
        files: this.#files,
        settings: this.#settings,
        withLife: (rawRepl, run) =>
          this.#inLife(ResetCause.soft, (life) => {
            this.#prepare(life, rawRepl);
            return run(life);
          }),
        repl: (life, switched) => this.#repl(life, switched),
        record: (record) => this.#record = record,
        say: (text) => this.#say(text),
        attend: () => this.#attend(),
        roomMade: () => this.#post({ kind: "bell" }),
        markBooted: () => this.#markBooted(),
        restarts: () => this.#restarts(),
      }),
    );
  }

  #start(resetCause: number): Life {
    this.#shared.running = false;
    this.#memory.fill(0);
    const front = new Front(this.#profile);
    let interpreter: Interpreter | undefined = undefined;
    const pending = () => {
      this.#attend();
      return this.#memory.u32(ADDRESS.pendingException) !== 0;
    };
    const port = new SerialPort(this.#shared, {
      pending,
      interrupt: () => interpreter!.interrupt(),
      post: () => this.#post({ kind: "bell" }),
      sent: (data) => this.#record?.push(new TextDecoder().decode(data.slice())),
      pasteWindow: typeof this.#profile.rawPaste === "number" ? this.#profile.rawPaste : 0,
    });
    const control = new ControlDevice(this.#memory, {
      profile: this.#profile,
      clock: this.#clock,
      place: (bytes) => interpreter!.place(bytes),
      power: (power) => {
        throw new PowerChange(power);
      },
      setAutoreload: (on) => this.#settings.autoreload = on,
      remount: (readOnly) => {
        if (this.#settings.booting) this.#files.readOnly = readOnly;
        return this.#settings.booting;
      },
      reload: () => {
        throw new ReloadRequest();
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
        autoreload: this.#settings.autoreload,
        readOnly: this.#files.readOnly,
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
    const { interpreter } = life;
    // ports/*/main.c: main.py only runs before the friendly REPL, and not when boot.py ended it.
    const reset = this.#prepare(life, rawRepl) || this.#runIfThere("boot.py", life) ||
      (!rawRepl && this.#runIfThere("main.py", life));
    if (!reset) this.#repl(life, () => false);
    this.#say(`${this.#profile.softResetText}\r\n`);
    return interpreter.rawRepl;
  }

  /** Gives an interpreter the face of its board. Returns whether that ended it. */
  #prepare(life: Life, rawRepl: boolean): boolean {
    const { interpreter, calls, control } = life;
    calls.romVisible = true;
    interpreter.runFile("start.py");
    control.sealed = true;
    interpreter.rawRepl = rawRepl;
    this.#shared.running = true;
    let ended = false;
    if (this.#bootProgram !== undefined) {
      this.#markBooted();
      ended = interpreter.runFile(BOOT_PROGRAM);
    }
    calls.romVisible = false;
    return ended;
  }

  /** The REPL, until it ends, or `switched()` says that it is another one now. */
  #repl({ interpreter, front, port }: Life, switched: () => boolean): "reset" | "switched" {
    front.start();
    interpreter.startRepl();
    front.silent = false;
    this.#markBooted();
    const freshEach = this.#profile.circuitPython !== undefined;
    for (;;) {
      let byte = port.receivedByte();
      if (byte < 0) {
        // An interrupt that came as the program ended: at the prompt it is a Ctrl-C like any other.
        this.#memory.setU32(ADDRESS.pendingException, 0);
        byte = CTRL_C;
      }
      for (const given of front.input(byte, interpreter.rawRepl)) {
        // Each REPL says its own: the raw one this, and the friendly one its greeting.
        if (given === CTRL_B && interpreter.rawRepl && freshEach) this.#say("\r\n");
        if (interpreter.input(given)) return "reset";
        if (switched()) return "switched";
      }
    }
  }

  #runIfThere(path: string, { interpreter }: { interpreter: Interpreter }): boolean {
    if (this.#files.find(`/${path}`)?.isDirectory !== false) return false;
    this.#markBooted();
    return interpreter.runFile(path);
  }

  /**
   * What is done wherever the program lets go of the processor: what network services want.
   *
   * @throws {PowerChange} as {@linkcode #checkPower} does.
   */
  #attend(): void {
    this.#checkPower();
    for (let request; (request = this.#shared.takeRequest()) !== undefined;) {
      this.#post({ kind: "answer", answer: this.#fileService.answer(request) });
    }
  }

  #restarts(): void {
    this.#booted = false;
    this.#post({ kind: "restarts" });
  }

  #markBooted(): void {
    if (!this.#booted) this.#post({ kind: "booted" });
    this.#booted = true;
  }

  /** @throws {PowerChange} when the power goes, or the reset button is pressed. */
  #checkPower(): void {
    const power = this.#shared.power;
    if (power === Power.on) return;
    if (power === Power.reset) this.#shared.power = Power.on;
    throw new PowerChange(power);
  }

  /** Says `text`, waiting while the ring is full; nothing of it once the power goes. */
  #say(text: string): void {
    this.#record?.push(text);
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
