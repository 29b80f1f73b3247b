/** The Python of this computer, as commands see it: one process for all of a session. */

import type { MimeBundle } from "@/base/mime.ts";
import type { Outcome } from "@/base/outcome.ts";
import type { CommMessage, Sink } from "@/base/sink.ts";
import type { CommList } from "./open_comms.ts";

/** Where something runs. */
export interface HostRunOptions {
  /** Where its output goes. */
  readonly sink: Sink;
  /** Interrupts it, as Ctrl-C does, when it aborts. */
  readonly signal: AbortSignal;
}

/** Runs cells with IPython where there is one, else with plain Python; started when first used. */
export interface HostPython extends AsyncDisposable {
  /**
   * Runs a cell: Python and IPython's magics. An exception in it is an outcome. One cell runs at a
   * time; another one waits for it.
   *
   * @throws {UsageError} when there is no Python.
   * @throws {HostPythonDied} when Python ends before the cell does; the next cell starts a new one.
   */
  run(code: string, options: HostRunOptions): Promise<Outcome>;
  /**
   * Gives its variables these texts: what `--out NAME` and `--err NAME` ask for.
   *
   * @throws {UsageError} when a name is none of Python's, or when there is no Python.
   */
  assign(texts: Readonly<Record<string, string>>, options: { signal: AbortSignal }): Promise<void>;
  /**
   * The magics that IPython has now, those included that cells have defined; undefined where there
   * is no IPython.
   *
   * @throws {UsageError} when there is no Python.
   */
  magics(options: { signal: AbortSignal }): Promise<HostMagics | undefined>;
  /** What speaks with Python from outside its cells: the front end's widgets. */
  readonly comms: HostComms;
  /** What knows about the names in its cells. */
  readonly names: HostNames;
}

/** The names of IPython's magics, without their signs. */
export interface HostMagics {
  readonly line: readonly string[];
  readonly cell: readonly string[];
}

/**
 * The comms of the Python that runs. What Python sends while one of its cells runs, or while it
 * deals with a message sent here, goes to that one's {@linkcode Sink.comm}.
 */
export interface HostComms {
  /**
   * Hands a message of the front end to Python, between its cells. Resolves once Python has dealt
   * with it: false where none runs, as none is started for it. Python gets messages in the order of
   * the calls, and those that are sent before a cell is run before that cell. It knows what it deals
   * with by {@linkcode Sink.requestId}, as widgets that capture output do.
   *
   * @param options `sink`: where what Python prints, shows and sends meanwhile goes
   */
  send(message: CommMessage, options: HostRunOptions): Promise<boolean>;
  /** The comms that are open, by id: content of Jupyter's `comm_info_reply`. Never waits long. */
  info(targetName?: string): Promise<CommList>;
  /**
   * Has `listener` told of what Python sends on nobody's behalf, as a thread does whose cell is
   * over, until disposed.
   */
  onStray(listener: (message: CommMessage) => void): Disposable;
}

/** What may stand at a place in a cell of Python; positions are UTF-16 indices. */
export interface HostCompletions {
  readonly matches: readonly { readonly text: string; readonly type?: string }[];
  readonly start: number;
  readonly end: number;
}

/** Answers about names, within about a second: undefined when Python has none in time. */
export interface HostNames {
  /** @param options `start`: whether Python may be started for it, for a later answer */
  complete(
    code: string,
    cursor: number,
    options: { readonly start: boolean },
  ): Promise<HostCompletions | undefined>;
  inspect(
    code: string,
    cursor: number,
    options: { readonly start: boolean; readonly detail: 0 | 1 },
  ): Promise<MimeBundle | undefined>;
}
