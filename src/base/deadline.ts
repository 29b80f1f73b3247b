/** Waiting with an end. */

/** What bounds a piece of work, besides its deadline. */
export interface DeadlineOptions {
  /** Cancels the work when it aborts; its reason is thrown. */
  signal?: AbortSignal;
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
  const timer = setTimeout(() => controller.abort(options.error()), ms);
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
