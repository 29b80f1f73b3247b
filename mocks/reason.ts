/** Why the system refused something, for a message. */

/** The system's words for it, e.g. `permission denied`. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  // "Permission denied (os error 13): mkdir '/x'"
  const words = message.split(" (os error")[0];
  return words.charAt(0).toLowerCase() + words.slice(1);
}
