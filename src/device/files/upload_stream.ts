/**
 * Putting any number of files on a board in one conversation: a small receiver runs there, asks for
 * block after block, and verifies and renames each file (docs/transfer.md).
 */

import { concat } from "@/base/bytes.ts";
import { Interrupted } from "@/base/errors.ts";
import { logger } from "@/base/log.ts";
import type { Device } from "../device.ts";
import { sealed } from "../sealed.ts";
import { converse, corruptError } from "./ask.ts";
import {
  base64 as inBase64,
  block,
  BLOCK_HEAD_BYTES,
  type BlockCheck,
  byteSum,
  crc32,
  escapeToBoard,
} from "./blocks.ts";
import type { BoardAbilities } from "./board_abilities.ts";
import type { WantedFile } from "./board_files.ts";
import type { ContentDigest } from "./content_digest.ts";
import { cut, loadDeflate } from "./deflate.ts";
import { errnoError } from "./files_error.ts";
import { END_OF_RECORDS, recordHead } from "./record.ts";
import { BOOTSTRAP, packed, receiver, type ReceiverParts, STEP_BYTES } from "./receiver.ts";
import { firstNumber, SignReader } from "./signs.ts";
import type { StreamShape } from "./stream_shape.ts";

/** How it is done. */
export interface StreamUpload {
  readonly abilities: BoardAbilities;
  readonly digest: ContentDigest;
  readonly shape: StreamShape;
  /** Whether the receiver itself is sent deflated; how blocks are then made is known only later. */
  readonly bootstraps: boolean;
  /** The shape for a board that has so much memory. */
  shapeFor(freeBytes: number): StreamShape;
  /** How long the board may take for what it does with a block, in milliseconds. */
  readonly ackMs: number;
  readonly signal: AbortSignal | undefined;
  contentOf(file: WantedFile): Promise<Uint8Array>;
  /** Told how much of all files is on the board. */
  onProgress(path: string, doneBytes: number): void;
}

/** How often the receiver is started in vain: each time, all of its code has to arrive as well. */
const STREAM_ATTEMPTS = 8;

/** A line of 4,800 baud. */
const SLOWEST_MS_PER_BYTE = 2;
/** How long a board usually writes to its flash at most, in milliseconds. */
const USUAL_WRITE_MS = 1_000;
/** How much longer than the last block a block may take on the line. */
const JITTER = 1.5;
/** How long the answer to a step may take, besides the time on the line, in milliseconds. */
const STEP_MS = 1_000;
/** What is left to inflate with where memory ran out: 1 KB, then nothing. */
const LEAST_WINDOW_BITS = 10;
/** No block is made smaller after failures; less would be mostly head. */
const LEAST_BLOCK_BYTES = 64;

/** A line end: what a receiver passes over between two blocks. */
const FILLER = 0x0a;

/** So many go out at first, as the block has, and then these, at such a distance in milliseconds. */
const FILLER_BYTES = 64;
const FILLER_MS = 250;

/** What is wrong when bytes were lost. */
const LOST = "the board did not ask for more";

/** A part of the stream, and where it ends. */
interface Block {
  readonly bytes: Uint8Array;
  readonly inSteps: boolean;
  readonly position: Position;
}

/** How far it has come: files that are done, and bytes of the next that the board has. */
interface Position {
  readonly index: number;
  readonly offset: number;
}

/**
 * Puts files on the board.
 *
 * @returns false when the board lacks what the receiver needs, and nothing was sent
 */
export async function uploadStream(
  device: Device,
  files: readonly WantedFile[],
  options: StreamUpload,
): Promise<boolean> {
  let { shape } = options;
  let from: Position = { index: 0, offset: 0 };
  for (let failures = 0; from.index < files.length;) {
    options.signal?.throwIfAborted();
    const { blockBytes: limit, windowBits: bits, inSteps } = shape;
    const shapeFor = (freeBytes: number) => {
      const found = options.shapeFor(freeBytes);
      const blockBytes = Math.min(found.blockBytes, limit);
      const windowBits = Math.min(found.windowBits, bits);
      return { raw: found.raw, windowBits, blockBytes, inSteps: found.inSteps || inSteps };
    };
    const attempt = new Attempt(device, files, { ...options, shape, shapeFor, from });
    const { reached, why } = await attempt.run();
    if (why === undefined) return true;
    if (options.bootstraps && LACKS.test(why)) return false;
    const isAhead = reached.index > from.index || reached.offset > from.offset;
    failures = isAhead ? 1 : failures + 1;
    logger("device.files").info(() =>
      `${device.url}: the upload stopped at ${files[reached.index]?.path ?? "its end"}, byte ` +
      `${reached.offset}, and begins again (${failures} of ${STREAM_ATTEMPTS}): ${why}`
    );
    from = reached;
    // Nobody knows what the board heard of the rest.
    device.doubt();
    if (failures >= STREAM_ATTEMPTS) throw corruptError(device, files[from.index].path, why);
    shape = smaller(shape, why);
  }
  return true;
}

/** What a board says that lacks something, or cannot have it for want of memory. */
const LACKS = /^(?:ImportError|AttributeError|MemoryError)/;

/** Less at once: less is lost with a byte, and less memory is needed. */
function smaller(shape: StreamShape, why: string): StreamShape {
  const blockBytes = Math.max(LEAST_BLOCK_BYTES, shape.blockBytes >> 2);
  return {
    ...shape,
    blockBytes: why === LOST && !shape.inSteps ? shape.blockBytes : blockBytes,
    inSteps: true,
    windowBits: !why.includes("MemoryError")
      ? shape.windowBits
      : shape.windowBits > LEAST_WINDOW_BITS
      ? LEAST_WINDOW_BITS
      : 0,
  };
}

/** One run of the receiver. */
class Attempt {
  readonly #device: Device;
  readonly #files: readonly WantedFile[];
  readonly #options: StreamUpload & { readonly from: Position };
  readonly #stop = new AbortController();
  readonly #first = firstNumber();
  readonly #signs = new SignReader(this.#first);
  readonly #before: readonly number[];
  #reached: Position;
  #failure: { error: unknown } | undefined;
  #sent = { bytes: 0, at: 0 };
  /** What is known of the line; at first, that it is none of the slowest. */
  #msPerByte = SLOWEST_MS_PER_BYTE;

  constructor(
    device: Device,
    files: readonly WantedFile[],
    options: StreamUpload & { readonly from: Position },
  ) {
    this.#device = device;
    this.#files = files;
    this.#options = options;
    this.#reached = options.from;
    let sum = 0;
    this.#before = files.map(({ size }) => (sum += size) - size);
  }

  /** How far it came, and why not farther. */
  async run(): Promise<{ reached: Position; why: string | undefined }> {
    const { signal, from } = this.#options;
    const signals = signal === undefined ? [] : [signal];
    const { bootstraps } = this.#options;
    const program = bootstraps ? BOOTSTRAP : receiver(this.#receiver(this.#options.shape));
    const running = converse(this.#device, sealed(program), {
      signal: AbortSignal.any([...signals, this.#stop.signal]),
      onOutput: (chunk) => this.#signs.push(chunk),
    });
    const ended = running.then(() => {}, () => {}).finally(() => this.#signs.end());
    let why = await this.#send();
    await ended;
    const { stderr, interrupted } = await running;
    signal?.throwIfAborted();
    this.#settle();
    const refusal = this.#signs.refusal;
    if (refusal !== undefined && refusal.errno !== 0) {
      const file = this.#files[from.index + refusal.index];
      if (file !== undefined) throw errnoError(file.path, "write", refusal.errno);
    }
    if (refusal !== undefined) {
      // Its digest is wrong: nothing of what is there is of use.
      this.#reached = { index: this.#reached.index, offset: 0 };
      why ??= "the content is another";
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (stderr !== "") why ??= stderr.trim().split("\n").at(-1)!;
    if (/ValueError: part/.test(stderr)) this.#reached = { ...this.#reached, offset: 0 };
    if (this.#signs.broken) why = "the board found its code changed on the way";
    if (interrupted) why ??= "it was interrupted";
    const isDone = this.#reached.index === this.#files.length;
    return { reached: this.#reached, why: isDone ? undefined : why ?? "it ended too soon" };
  }

  /** Sends blocks as they are asked for; returns what went wrong. */
  async #send(): Promise<string | undefined> {
    let { shape } = this.#options;
    if (this.#options.bootstraps) {
      if (await this.#signs.next(this.#options.ackMs) === "asked") {
        shape = this.#options.shapeFor(this.#signs.freeBytes);
        const bytes = await packed(receiver(this.#receiver(shape)));
        await this.#sendBlock({ bytes, inSteps: false });
      }
    }
    const blocks = this.#blocks(shape);
    let next: ReturnType<typeof blocks.next> | undefined;
    let last: Position | undefined;
    for (;;) {
      const sign = await this.#nextSign();
      if (sign === "ended") return undefined;
      if (sign === "late") {
        this.#stop.abort(new Interrupted());
        return LOST;
      }
      if (last !== undefined) this.#acknowledged(last);
      const { value, done } = await (next ?? blocks.next());
      // Whatever else it asks for, it has had all.
      if (done) continue;
      next = blocks.next();
      next.catch(() => {});
      if (!await this.#sendBlock(value)) {
        this.#stop.abort(new Interrupted());
        return LOST;
      }
      last = value.position;
    }
  }

  /** Whether it went out; in steps, only as long as the board answers. */
  async #sendBlock({ bytes, inSteps }: Pick<Block, "bytes" | "inSteps">): Promise<boolean> {
    const first = inSteps ? BLOCK_HEAD_BYTES + 2 * STEP_BYTES : bytes.length;
    this.#sent = { bytes: bytes.length, at: performance.now() };
    await this.#device.send(bytes.subarray(0, first), { signal: this.#stop.signal });
    const stepMs = Math.min(STEP_MS, this.#options.ackMs);
    for (let at = first; at < bytes.length; at += STEP_BYTES) {
      const sign = await this.#signs.next(stepMs + 2 * STEP_BYTES * this.#msPerByte);
      if (sign === "ended") return true;
      if (sign === "late") return false;
      const step = bytes.subarray(at, at + STEP_BYTES);
      await this.#device.send(step, { signal: this.#stop.signal });
    }
    return true;
  }

  /**
   * Waits for the next request. A board that waits for bytes that were lost is given as many that
   * mean nothing, so that it sees that the block is broken; one that only writes passes over them.
   */
  async #nextSign(): Promise<"asked" | "ended" | "late"> {
    const { bytes, at } = this.#sent;
    const lineMs = bytes * this.#msPerByte;
    const { ackMs, digest } = this.#options;
    const first = await this.#signs.next(Math.min(USUAL_WRITE_MS, ackMs) + lineMs);
    if (first === "asked" && bytes > 0) {
      this.#msPerByte = Math.min(SLOWEST_MS_PER_BYTE, JITTER * (performance.now() - at) / bytes);
    }
    if (first !== "late") return first;
    // It may be reading back the file that the block has ended.
    const readMs = digest.msPerByte * (this.#files[this.#reached.index]?.size ?? 0);
    const end = performance.now() + ackMs + lineMs + readMs;
    for (let count = bytes; performance.now() < end; count = FILLER_BYTES) {
      await this.#device.send(new Uint8Array(count).fill(FILLER), { signal: this.#stop.signal });
      const sign = await this.#signs.next(FILLER_MS + count * this.#msPerByte);
      if (sign !== "late") return sign;
    }
    return "late";
  }

  #acknowledged(position: Position): void {
    this.#settle();
    // Its last file may not be in its place yet.
    if (position.index === this.#reached.index) this.#reached = position;
    // Files before the one that is named are done: not more than the board has said.
    const { index, offset } = this.#reached;
    const file = this.#files[index] ?? this.#files.at(-1)!;
    const done = (this.#before[index] ?? Infinity) + offset;
    const total = this.#before.at(-1)! + this.#files.at(-1)!.size;
    this.#options.onProgress(file.path, Math.min(done, total));
  }

  /** Counts the files that are in their place. */
  #settle(): void {
    const index = Math.min(this.#options.from.index + this.#signs.filesDone, this.#files.length);
    if (index > this.#reached.index) this.#reached = { index, offset: 0 };
  }

  /** The stream in blocks, each with where it ends. */
  async *#blocks(
    shape: StreamShape,
  ): AsyncGenerator<Block> {
    const { abilities } = this.#options;
    const check: BlockCheck = abilities.crc32 ? crc32 : byteSum;
    const pack = (bytes: Uint8Array) => shape.raw ? escapeToBoard(bytes) : inBase64(bytes);
    const deflate = shape.windowBits > 0 ? await loadDeflate(shape.windowBits) : undefined;
    const limit = shape.raw ? shape.blockBytes : Math.floor(shape.blockBytes / 4) * 3;
    const reach = deflate === undefined ? limit : 4 * limit;
    let waiting: Uint8Array = new Uint8Array();
    let queued = 0;
    const ends: { readonly at: number; readonly position: Position }[] = [];
    for await (const { bytes, position, last } of this.#stream()) {
      waiting = waiting.length === 0 ? bytes : concat([waiting, bytes]);
      queued += bytes.length;
      ends.push({ at: queued, position });
      while (waiting.length >= reach || last && waiting.length > 0) {
        const { packing, payload, count } = cut(waiting.subarray(0, reach), { limit, deflate });
        waiting = waiting.subarray(count);
        const cutAt = queued - waiting.length;
        while (ends[0].at < cutAt) ends.shift();
        const { at, position: { index, offset } } = ends[0];
        yield {
          bytes: block(pack(payload), { packing, check, inSteps: shape.inSteps }),
          inSteps: shape.inSteps,
          position: { index, offset: Math.max(0, offset - (at - cutAt)) },
        };
      }
    }
  }

  /** Heads and contents; ends early, as a whole, when a file cannot be read. */
  async *#stream(): AsyncGenerator<{ bytes: Uint8Array; position: Position; last: boolean }> {
    const { from, digest, contentOf } = this.#options;
    for (let index = from.index; index < this.#files.length; index++) {
      const file = this.#files[index];
      const offset = index === from.index ? from.offset : 0;
      let content;
      try {
        content = await contentOf(file);
      } catch (error) {
        this.#failure = { error };
        break;
      }
      const head = { path: file.path, size: file.size, offset };
      const bytes = recordHead({ ...head, digest: await digest.ofContent(content) });
      const body = concat([bytes, content.subarray(offset)]);
      yield { bytes: body, position: { index, offset: content.length }, last: false };
    }
    const index = this.#files.length;
    yield { bytes: END_OF_RECORDS, position: { index, offset: 0 }, last: true };
  }

  /** What the receiver for this board is made of. */
  #receiver(shape: StreamShape): ReceiverParts {
    const { abilities, digest } = this.#options;
    return { abilities, digest, shape, first: this.#first };
  }
}
