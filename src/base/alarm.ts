/**
 * A timer for what is set again and again and hardly ever rings, such as the deadline of each read.
 *
 * It does without `setTimeout`, for whose first use Deno loads 4 ms of code, while a board answers
 * in less; `AbortSignal.timeout` is there from the start. Such a timeout cannot be taken back, so
 * one that is under way serves whatever is set later, and looks again if it comes too early.
 */

/** The longest that a timer can wait: it counts milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls back once, unless it is cleared before. While it is set it keeps the process alive. */
export class Alarm {
  #dueAt = Infinity;
  #ring: (() => void) | undefined;
  #timeout: { readonly at: number; readonly signal: AbortSignal } | undefined;
  readonly #onTimeout = () => this.#look();

  /** Calls `ring` in `ms` milliseconds, and not what was set before. */
  set(ms: number, ring: () => void): void {
    this.clear();
    this.#dueAt = performance.now() + ms;
    this.#ring = ring;
    this.#wait();
  }

  /** Calls nothing any more. */
  clear(): void {
    this.#ring = undefined;
    // Nobody listens: the timeout keeps nothing alive.
    this.#timeout?.signal.removeEventListener("abort", this.#onTimeout);
  }

  /** Listens to the timeout under way, or to a new one where that would come too late. */
  #wait(): void {
    if (
      this.#timeout === undefined || this.#timeout.signal.aborted || this.#timeout.at > this.#dueAt
    ) {
      const left = Math.max(0, this.#dueAt - performance.now());
      const ms = Math.min(Math.ceil(left), MAX_TIMER_MS);
      this.#timeout = { at: performance.now() + ms, signal: AbortSignal.timeout(ms) };
    }
    this.#timeout.signal.addEventListener("abort", this.#onTimeout, { once: true });
  }

  #look(): void {
    if (performance.now() < this.#dueAt) return this.#wait();
    const ring = this.#ring;
    this.clear();
    ring?.();
  }
}
