/** A person's answer to input(), as bytes that a board takes for just that line. Pure. */

import { encode } from "@/base/bytes.ts";
import { UsageError } from "@/base/errors.ts";

/** A longer answer would fill a small board's memory, in UTF-16 units. */
const MAX_ANSWER_LENGTH = 8_192;

/** How input_hook.py knows an answer with escapes from one without. */
const ESCAPED = "\\iot:";

/**
 * What to type for `answer`, with Enter.
 *
 * @param options `echo`: a line editor reads it, which old firmware has for printable ASCII only
 * @throws {UsageError} when it is too long or holds a control character.
 */
export function typedAnswer(answer: string, { echo }: { echo: boolean }): Uint8Array<ArrayBuffer> {
  if (answer.length > MAX_ANSWER_LENGTH) {
    throw new UsageError(
      `The answer has ${answer.length} characters; a board takes ${MAX_ANSWER_LENGTH} at most.`,
    );
  }
  // deno-lint-ignore no-control-regex -- just those are looked for
  const control = /[\0-\x08\n-\x1f\x7f]/.exec(answer);
  if (control !== null) {
    const hex = control[0].charCodeAt(0).toString(16).padStart(2, "0");
    throw new UsageError(
      `The answer holds the control character 0x${hex}, which a board does not take as text.`,
    );
  }
  const isPlain = /^[ -~]*$/.test(answer) && !answer.startsWith(ESCAPED);
  return encode(`${echo && !isPlain ? ESCAPED + escaped(answer) : answer}\r`);
}

/** What stands between the quotes of Python's literal for `text`, in ASCII. */
function escaped(text: string): string {
  return Array.from(text, (char) => {
    if (/[ -~]/.test(char) && char !== "\\" && char !== "'") return char;
    return `\\U${char.codePointAt(0)!.toString(16).padStart(8, "0")}`;
  }).join("");
}
