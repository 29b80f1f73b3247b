/** What a WebREPL takes for a password. */

/** extmod/modwebrepl.c: `webrepl_passwd[10]`, with a zero at its end. */
export const MAX_PASSWORD_CHARS = 9;
/** What a board is asked for when nobody says otherwise. */
export const DEFAULT_PASSWORD = "simulated";

/** @throws {RangeError} when a board would not take `password`. */
export function checkPassword(password: string): void {
  const length = new TextEncoder().encode(password).length;
  if (length > 0 && length <= MAX_PASSWORD_CHARS && !/[\r\n]/.test(password)) return;
  throw new RangeError(
    `A WebREPL's password has 1 to ${MAX_PASSWORD_CHARS} characters, not ${length}.`,
  );
}
