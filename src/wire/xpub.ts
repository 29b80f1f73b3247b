/** XPUB: publishes to whoever subscribed, and never lets a slow one cost much memory. */

import { within } from "@/base/deadline.ts";
import { Acceptor, type Peer, type ServerOptions } from "./acceptor.ts";
import { encodeMessage, type Message } from "./codec.ts";
import type { Connection } from "./connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { ZmtpError } from "./errors.ts";

/** How much may wait for one subscriber before droppable messages are dropped, in bytes. */
const DROP_BYTES = 16 * 1024 * 1024;

/** A subscriber with less than this waiting keeps up. */
const ROOM_BYTES = 1024 * 1024;

/** A subscriber that takes nothing for this long no longer slows the publisher, in ms. */
const STALL_MS = 500;

/**
 * That time is waited in so many parts: when this process itself stands still, on a busy machine say,
 * it is one of them that is over, whose end may be noticed before what was taken meanwhile.
 */
const STALL_PARTS = 10;

/** How much may be held back for one subscriber, for want of something that replaces it, in bytes. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;

/** Jupyter clients subscribe once, to everything. */
const MAX_TOPICS = 1024;
const MAX_TOPIC_BYTES = 4096;

/** One subscriber, as handlers see it. */
export interface Subscriber {
  /** Sends `message` to this subscriber alone, whatever it subscribed to. */
  send(message: Message): void;
}

/** What an XPUB tells. */
export interface XPubOptions extends ServerOptions {
  /** A subscriber asked for a topic that it had not asked for yet. */
  onSubscribe?(topic: Uint8Array, subscriber: Subscriber): void;
}

/** How one message is published. */
export interface PublishOptions {
  /** Whether it may be left out for a subscriber that has too much waiting. */
  readonly droppable?: boolean | undefined;
  /**
   * What it is news of: for a subscriber that has too much waiting it is held back, and a later one
   * with the same key takes its place. The last one is sent, before any other message that must be.
   */
  readonly newsOf?: string | undefined;
  /** What is held back and is news of something that begins so is left out: nobody would see it. */
  readonly outdates?: string | undefined;
  /** It was left out for this subscriber. */
  onDrop?(subscriber: Subscriber): void;
  /** It is next for this subscriber: what is sent now comes before it. */
  onSend?(subscriber: Subscriber): void;
}

/** A listening socket that sends each message to every peer whose subscriptions match. */
export class XPubSocket implements AsyncDisposable {
  #acceptor!: Acceptor;
  readonly #options: XPubOptions;
  readonly #subscribers = new Set<Subscription>();

  private constructor(options: XPubOptions) {
    this.#options = options;
  }

  /** Listens on `endpoint`. @throws {ZmtpError} `address` when that is not possible. */
  static async bind(endpoint: Endpoint, options: XPubOptions = {}): Promise<XPubSocket> {
    const socket = new XPubSocket(options);
    socket.#acceptor = await Acceptor.listen(endpoint, {
      ...options,
      type: "XPUB",
      join: (connection) => socket.#join(connection),
    });
    return socket;
  }

  /** Where it listens, with the port that was chosen. */
  get endpoint(): Endpoint {
    return this.#acceptor.endpoint;
  }

  /**
   * Queues `message` for every subscriber whose topics its first frame begins with. A droppable
   * message is left out for a subscriber that has too much waiting, and so are those after it until
   * that one has caught up; of messages that are news of the same thing it gets the last. Any other
   * message waits, until the connection's own limit closes it.
   */
  publish(message: Message, options: PublishOptions = {}): void {
    let bytes: Uint8Array | undefined;
    for (const subscriber of this.#subscribers) {
      if (!subscriber.matches(message[0])) continue;
      bytes ??= encodeMessage(message);
      const { droppable, newsOf } = options;
      const behind = (droppable || newsOf !== undefined) && subscriber.isBehind(bytes.length);
      if (behind && droppable) options.onDrop?.(subscriber);
      else if (behind) subscriber.hold(newsOf!, { bytes, options });
      else subscriber.release({ bytes, options });
    }
  }

  /**
   * Resolves when some subscriber has room, so that a flood goes at the pace of the fastest reader.
   * Nobody waits for subscribers that have stalled: they lose droppable messages instead.
   */
  async room(): Promise<void> {
    const subscribers = [...this.#subscribers];
    if (subscribers.length === 0 || subscribers.some((one) => one.hasRoom)) return;
    const moving = subscribers.filter((one) => !one.stalled);
    if (moving.length === 0) return;
    const sentBefore = moving.map((one) => one.connection.sentBytes);
    const room = Promise.race(moving.map((one) => one.roomy()));
    for (let part = 0; part < STALL_PARTS; part++) {
      if (await within(STALL_MS / STALL_PARTS, room)) break;
    }
    moving.forEach((one, index) => {
      if (!one.hasRoom && one.connection.sentBytes === sentBefore[index]) one.stall();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acceptor[Symbol.asyncDispose]();
  }

  #join(connection: Connection): Peer {
    const subscription = new Subscription(connection);
    this.#subscribers.add(subscription);
    const change = (on: boolean, topic: Uint8Array) => {
      if (!on) subscription.remove(topic);
      else if (subscription.add(topic)) this.#options.onSubscribe?.(topic, subscription);
    };
    return {
      message(message) {
        // A SUB sends `01 topic` and `00 topic`; an XSUB may send anything else upstream.
        const [frame] = message;
        if (message.length === 1 && (frame[0] === 0 || frame[0] === 1)) {
          change(frame[0] === 1, frame.subarray(1));
        }
      },
      command(name, data) {
        if (name === "SUBSCRIBE" || name === "CANCEL") change(name === "SUBSCRIBE", data);
      },
      left: () => this.#subscribers.delete(subscription),
    };
  }
}

/** A message as bytes, ready to be sent. */
interface Ready {
  readonly bytes: Uint8Array;
  readonly options: PublishOptions;
}

/**
 * A place for a message that is held back, emptied when it is held no more: a Map that comes and
 * goes as fast as messages do leaves tables behind, which V8 takes for alive until it next looks at
 * everything, with whatever they point to.
 */
interface Slot {
  ready: Ready | undefined;
}

/** A peer and the topics that it asked for, each as often as it asked. */
class Subscription implements Subscriber {
  readonly connection: Connection;
  readonly #topics = new Map<string, { bytes: Uint8Array; count: number }>();
  #behind = false;
  /** What is held back, by what it is news of, in order. */
  readonly #held = new Map<string, Slot>();
  #heldBytes = 0;
  #catchingUp: Promise<void> | undefined;
  /** How much it had taken when it was found stalled. */
  #stalledAt: number | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  send(message: Message): void {
    this.connection.send(encodeMessage(message));
  }

  /** Holds a message back until this subscriber has caught up, in place of older news. */
  hold(key: string, ready: Ready): void {
    const { outdates } = ready.options;
    if (outdates !== undefined) {
      for (const old of this.#held.keys()) if (old.startsWith(outdates)) this.#leaveOut(old);
    }
    this.#leaveOut(key);
    this.#held.set(key, { ready });
    this.#heldBytes += ready.bytes.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.release();
    else {this.#catchingUp ??= this.roomy().then(() => {
        this.#catchingUp = undefined;
        this.release();
      });}
  }

  /** Sends what was held back, then `ready`. */
  release(ready?: Ready): void {
    if (this.#held.size > 0) {
      for (const slot of this.#held.values()) {
        this.#send(slot.ready!);
        slot.ready = undefined;
      }
      this.#held.clear();
      this.#heldBytes = 0;
    }
    if (ready !== undefined) this.#send(ready);
  }

  #leaveOut(key: string): void {
    const slot = this.#held.get(key);
    if (slot === undefined) return;
    this.#heldBytes -= slot.ready!.bytes.length;
    slot.ready = undefined;
    this.#held.delete(key);
  }

  #send({ bytes, options }: Ready): void {
    options.onSend?.(this);
    this.connection.send(bytes);
  }

  /**
   * Whether it does not keep up, `bytes` more considered. Once it has fallen behind it stays so
   * until it has caught up: it misses one long stretch rather than many short ones.
   */
  isBehind(bytes: number): boolean {
    const { queuedBytes } = this.connection;
    this.#behind = this.#behind
      ? !this.hasRoom
      : queuedBytes > 0 && queuedBytes + bytes > DROP_BYTES;
    return this.#behind;
  }

  get hasRoom(): boolean {
    return this.connection.queuedBytes < ROOM_BYTES;
  }

  get stalled(): boolean {
    return this.#stalledAt === this.connection.sentBytes;
  }

  stall(): void {
    this.#stalledAt = this.connection.sentBytes;
  }

  /** Resolves when it has room, or when the connection ends. */
  async roomy(): Promise<void> {
    await this.connection.drainedTo(ROOM_BYTES);
  }

  /** @returns whether the topic is new. */
  add(topic: Uint8Array): boolean {
    const key = String.fromCharCode(...topic.subarray(0, MAX_TOPIC_BYTES));
    const known = this.#topics.get(key);
    if (known !== undefined) {
      known.count++;
      return false;
    }
    if (topic.length > MAX_TOPIC_BYTES || this.#topics.size >= MAX_TOPICS) {
      throw new ZmtpError("limit", "The peer subscribes to more than any client needs.");
    }
    this.#topics.set(key, { bytes: topic.slice(), count: 1 });
    return true;
  }

  remove(topic: Uint8Array): void {
    const key = String.fromCharCode(...topic.subarray(0, MAX_TOPIC_BYTES));
    const known = this.#topics.get(key);
    if (known !== undefined && --known.count === 0) this.#topics.delete(key);
  }

  matches(topic: Uint8Array): boolean {
    for (const { bytes } of this.#topics.values()) {
      if (bytes.length <= topic.length && bytes.every((byte, index) => byte === topic[index])) {
        return true;
      }
    }
    return false;
  }
}
