/**
 * Positions in a text: clients count Unicode code points ("cursor_pos", Messaging in Jupyter since
 * protocol 5.2), JavaScript counts UTF-16 units. They differ behind characters such as 😀.
 */

/** A text without these counts the same either way. */
const SURROGATE = /[\ud800-\udfff]/;

/** The UTF-16 index of code point number `position` in `text`; its end for one beyond. */
export function toUtf16(text: string, position: number): number {
  if (!SURROGATE.test(text)) return Math.min(position, text.length);
  let index = 0;
  for (let left = position; left > 0 && index < text.length; left--) {
    index += text.codePointAt(index)! > 0xffff ? 2 : 1;
  }
  return index;
}

/** The number of code points before UTF-16 `index` in `text`. */
export function toCodePoints(text: string, index: number): number {
  const before = text.slice(0, index);
  if (!SURROGATE.test(before)) return before.length;
  let count = 0;
  for (const _ of before) count++;
  return count;
}
