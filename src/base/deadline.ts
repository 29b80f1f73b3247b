/** Waiting with an end. */

/** The longest that a timer can wait: it counts milliseconds in 31 bits, and fires at once beyond. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What bounds a piece of work, besides its deadline. */
export interface DeadlineOptions {
  /** Cancels the work when it aborts; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Makes the error that is thrown when the time is over. */
  error: () => Error;
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, or when `options.signal` does.
 * The work must heed its signal: this waits for it to end, so that nothing is left behind.
 *
 * @throws what `options.error` makes, the signal's reason, or what the work throws.
 */
export async function withDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  options: DeadlineOptions,
): Promise<T> {
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(options.error()), Math.min(ms, MAX_TIMER_MS));
  const onAbort = () => controller.abort(options.signal!.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Waits for `promise`, or until `signal` aborts. The promise goes on: whoever keeps it can await
 * its value later, so that nothing it brings is lost.
 *
 * @throws the signal's reason when it aborts first.
 */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Whether `work` settles within `ms` milliseconds. What it settles with is left to its owner. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), Math.min(ms, MAX_TIMER_MS));
  work.then(() => resolve(true), () => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when `signal` aborts: for work that goes on until somebody ends it. Never rejects. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits `ms` milliseconds, or until `signal` aborts: whoever goes on looks at it. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
  const onAbort = () => resolve();
  signal?.addEventListener("abort", onAbort);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
