/**
 * Errors that nobody waited for. A notebook's variables are on boards, and so is its work: a defect
 * of ours in the background is logged, and does not end the kernel.
 */

/** Hands what nobody caught to `log`, instead of ending the process, until disposed. */
export function logStrays(log: (line: string) => void): Disposable {
  const tell = (error: unknown) => {
    const text = error instanceof Error ? error.stack ?? String(error) : String(error);
    log(`Something is wrong with iot itself, beside the work: ${text}`);
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    tell(event.reason);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    tell(event.error);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    },
  };
}
