/** A part of program.ts that is loaded when it is used. */

/** Says what it is. */
export function part(): string {
  return "a part";
}
