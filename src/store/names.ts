/** Names of variables. */

/** Whether Python takes `name` for a variable's. Nothing else is taken for a file's in the store. */
export function isName(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(name);
}
