/**
 * Telnet, as far as a byte stream needs it: options are negotiated, escapes undone.
 *
 * Sources: RFC 854 (the protocol), RFC 856 (binary), RFC 857 (echo), RFC 858 (suppress go-ahead),
 * RFC 1143 (how negotiation does not loop).
 */

import { concat, printable } from "@/base/bytes.ts";
import { LayeredTransport, type Wrapped } from "./layered_transport.ts";
import { TransportError } from "./transport.ts";

/** RFC 854, "TELNET COMMANDS". */
const SE = 240;
const SB = 250;
const WILL = 251;
const WONT = 252;
const DO = 253;
const DONT = 254;
const IAC = 255;

const NUL = 0x00;
const CR = 0x0d;

/** Options by number, as IANA lists them. */
const BINARY = 0;
const ECHO = 1;
const SUPPRESS_GO_AHEAD = 3;

/** The longest subnegotiation that is kept; RFC 2217's signatures are the longest that we know. */
const MAX_SUBNEGOTIATION_BYTES = 1_024;

/** How long after its last words a server may take to hang up. */
const LAST_WORDS_MS = 200;

/** What {@linkcode TelnetTransport.negotiate} is told. */
export interface Negotiation {
  /** How long to wait for the other side's part. */
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Options to offer besides the usual. */
  readonly extra?: readonly number[];
}

/** Whether an option is in effect on one side: asked for, agreed to, or neither. */
type OptionState = "asked" | "on" | "off";

/** What one side of the connection does. */
class Side {
  readonly #states = new Map<number, OptionState>();
  readonly #welcome: ReadonlySet<number>;
  readonly #verbs: { readonly agree: number; readonly refuse: number };

  /**
   * @param welcome the options that may be turned on
   * @param verbs what we say to turn one on, and to keep it off
   */
  constructor(welcome: readonly number[], verbs: { agree: number; refuse: number }) {
    this.#welcome = new Set(welcome);
    this.#verbs = verbs;
  }

  state(option: number): OptionState | undefined {
    return this.#states.get(option);
  }

  /** Asks for an option; what to send. */
  ask(option: number): number[] {
    if (this.#states.has(option)) return [];
    this.#states.set(option, "asked");
    return [IAC, this.#verbs.agree, option];
  }

  /** The other side wants it on, or agrees; what to send. Only changes are answered. */
  turnOn(option: number): number[] {
    const before = this.#states.get(option);
    if (!this.#welcome.has(option)) {
      this.#states.set(option, "off");
      return before === undefined ? [IAC, this.#verbs.refuse, option] : [];
    }
    this.#states.set(option, "on");
    return before === "asked" || before === "on" ? [] : [IAC, this.#verbs.agree, option];
  }

  /** The other side wants it off, or refuses; what to send. */
  turnOff(option: number): number[] {
    const before = this.#states.get(option);
    this.#states.set(option, "off");
    return before === "on" ? [IAC, this.#verbs.refuse, option] : [];
  }
}

/** Where the decoder is. */
type State = "data" | "command" | "option" | "subnegotiation" | "subnegotiation-command";

/** Bytes within telnet. */
export class TelnetTransport extends LayeredTransport {
  /** What we do ourselves, and what the other side does. */
  readonly #ours: Side;
  readonly #theirs: Side;
  #state: State = "data";
  #verb = 0;
  /** In text, CR is followed by LF or NUL; the NUL is no data. */
  #afterCr = false;
  #subnegotiation: number[] = [];

  /** @param options `extra` are options, besides the usual, that both sides may use */
  constructor(
    line: ConstructorParameters<typeof LayeredTransport>[0],
    { extra = [] }: { extra?: readonly number[] } = {},
  ) {
    super(line);
    const both = [BINARY, SUPPRESS_GO_AHEAD, ...extra];
    this.#ours = new Side(both, { agree: WILL, refuse: WONT });
    // A board echoes what is typed, so the server is right to say that it does.
    this.#theirs = new Side([...both, ECHO], { agree: DO, refuse: DONT });
  }

  /**
   * Asks for a stream of bytes both ways, and waits until the other side has said what it will do:
   * until then neither knows how the other reads a CR. One that says nothing gets text, which is
   * what RFC 854 has it expect; that is no error.
   *
   * @throws {TransportError} `busy` when the server turns us away, `gone` when it just leaves.
   * @throws the signal's reason when it aborts.
   */
  async negotiate(options: Negotiation): Promise<void> {
    try {
      await this.#negotiate(options);
      // A server that turns us away says why and hangs up; a board that talks does not.
      const { signal } = options;
      if (this.waiting.length > 0) await this.hear({ withinMs: LAST_WORDS_MS, signal });
    } catch (error) {
      throw this.#turnedAway(error);
    }
  }

  async #negotiate({ withinMs, signal, extra = [] }: Negotiation): Promise<void> {
    const offered = [BINARY, SUPPRESS_GO_AHEAD, ...extra];
    const asked = [
      ...offered.flatMap((option) => this.#ours.ask(option)),
      ...[BINARY, SUPPRESS_GO_AHEAD].flatMap((option) => this.#theirs.ask(option)),
    ];
    await this.transmit(Uint8Array.from(asked));
    const decisive = [BINARY, ...extra];
    const unsettled = () =>
      decisive.some((option) => this.#ours.state(option) === "asked") ||
      this.#theirs.state(BINARY) === "asked";
    await this.hearWhile(unsettled, { withinMs, signal });
  }

  #turnedAway(error: unknown): unknown {
    const said = this.waiting;
    if (!(error instanceof TransportError) || error.code !== "gone" || said.length === 0) {
      return error;
    }
    return new TransportError(
      "busy",
      this.address,
      `${this.address} turned us away, saying ${printable(said)}. If another program has the ` +
        "port, close that one, then try again.",
      { cause: error },
    );
  }

  /** Hears the other side while `unsettled` says so, for so long at most. */
  protected async hearWhile(
    unsettled: () => boolean,
    { withinMs, signal }: { withinMs: number; signal?: AbortSignal | undefined },
  ): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (unsettled()) {
      const left = end - performance.now();
      if (left <= 0 || !await this.hear({ withinMs: left, signal })) return false;
    }
    return true;
  }

  /** Whether either side has said that it does `option`. */
  protected agreed(option: number): boolean {
    return this.#ours.state(option) === "on" || this.#theirs.state(option) === "on";
  }

  /** For subclasses: takes what the other side said about an option of theirs. */
  protected subnegotiated(_option: number, _data: readonly number[]): void {}

  /** Says something about an option. */
  protected subnegotiation(option: number, data: readonly number[]): Uint8Array {
    const escaped = data.flatMap((byte) => byte === IAC ? [IAC, IAC] : [byte]);
    return Uint8Array.of(IAC, SB, option, ...escaped, IAC, SE);
  }

  protected wrap(data: Uint8Array): Wrapped {
    const binary = this.#ours.state(BINARY) === "on";
    const parts: Uint8Array[] = [];
    let from = 0;
    data.forEach((byte, at) => {
      const follower = byte === IAC ? IAC : byte === CR && !binary ? NUL : undefined;
      if (follower === undefined) return;
      parts.push(data.subarray(from, at + 1), Uint8Array.of(follower));
      from = at + 1;
    });
    const bytes = parts.length === 0 ? data : concat([...parts, data.subarray(from)]);
    return { bytes, count: data.length };
  }

  protected unwrap(bytes: Uint8Array): Uint8Array {
    const data = new Uint8Array(bytes.length);
    let length = 0;
    for (const byte of bytes) if (this.#isData(byte)) data[length++] = byte;
    return data.subarray(0, length);
  }

  #isData(byte: number): boolean {
    switch (this.#state) {
      case "data":
        return this.#isPlainData(byte);
      case "command":
        return this.#command(byte);
      case "option":
        this.#state = "data";
        this.#negotiated(byte);
        return false;
      case "subnegotiation":
        if (byte === IAC) this.#state = "subnegotiation-command";
        else this.#keep(byte);
        return false;
      case "subnegotiation-command":
        this.#state = "subnegotiation";
        if (byte === IAC) this.#keep(byte);
        else if (byte === SE) this.#endSubnegotiation();
        return false;
    }
  }

  #isPlainData(byte: number): boolean {
    const afterCr = this.#afterCr;
    this.#afterCr = false;
    if (byte === IAC) {
      this.#state = "command";
      return false;
    }
    if (this.#theirs.state(BINARY) === "on") return true;
    this.#afterCr = byte === CR;
    return !(afterCr && byte === NUL);
  }

  #command(byte: number): boolean {
    this.#state = "data";
    if (byte === IAC) return true;
    if (byte === SB) {
      this.#state = "subnegotiation";
      this.#subnegotiation = [];
    } else if (byte >= WILL && byte <= DONT) {
      this.#state = "option";
      this.#verb = byte;
    }
    // What else there is (NOP, "are you there", data mark) asks nothing of us.
    return false;
  }

  #negotiated(option: number): void {
    const side = this.#verb === DO || this.#verb === DONT ? this.#ours : this.#theirs;
    const answer = this.#verb === DO || this.#verb === WILL
      ? side.turnOn(option)
      : side.turnOff(option);
    if (answer.length > 0) void this.reply(Uint8Array.from(answer));
  }

  #keep(byte: number): void {
    if (this.#subnegotiation.length < MAX_SUBNEGOTIATION_BYTES) this.#subnegotiation.push(byte);
  }

  #endSubnegotiation(): void {
    this.#state = "data";
    const [option, ...data] = this.#subnegotiation;
    if (option !== undefined) this.subnegotiated(option, data);
  }
}
