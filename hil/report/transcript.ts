/** What went over the wire, as rows to read. */

import type { Attempt, WireChunk } from "../run/result.ts";
import { Html, markup } from "./markup.ts";
import { duration, plural, shorten, VERDICTS } from "./text.ts";

/** All transcripts of a page together, in UTF-16 units: a browser stays quick. The rest is in the JSON. */
export const MAX_TRANSCRIPTS_LENGTH = 6 * 1024 * 1024;

/** A message is at most so long. */
const MAX_MESSAGE_LENGTH = 20_000;

const DIRECTIONS: Readonly<Record<WireChunk["direction"], readonly [arrow: string, word: string]>> =
  { out: ["→", "to the board"], in: ["←", "from the board"], note: ["·", "note"] };

/** Of a page's transcripts, what may still be shown. */
export interface Room {
  left: number;
}

/** One attempt: its message where it is another one, and its transcript, folded. */
export function attemptMarkup(
  { transcript, durationMs, message }: Attempt,
  { number, of, room, told }: {
    readonly number: number;
    readonly of: number;
    readonly room: Room;
    /** The message that stands above all attempts. */
    readonly told: string;
  },
): Html {
  const title = of === 1 ? "What went over the wire" : `Attempt ${number} of ${of}`;
  const passed = message === undefined;
  const length = transcript.reduce((sum, { text }) => sum + text.length, 0);
  const fits = length <= room.left;
  if (fits) room.left -= length;
  const said = !passed && message !== told &&
    markup`<p class="message">${shorten(message, MAX_MESSAGE_LENGTH)}</p>`;
  const rows = transcript.length === 0
    ? markup`<p class="quiet">${
      passed ? "It passed: its transcript is not kept." : "Nothing went over the wire."
    }</p>`
    : fits
    ? markup`
      <div class="wire" tabindex="0" role="region" aria-label="Transcript">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col"><span class="unseen">Direction</span></th>
              <th scope="col">Text</th>
            </tr>
          </thead>
          <tbody>${transcript.map(row)}</tbody>
        </table>
      </div>
    `
    : markup`<p class="quiet">This page is long enough: the transcript is in the JSON report.</p>`;
  return markup`
    <details
      class="attempt"><summary>${title}: ${
    passed ? VERDICTS.pass.counted : VERDICTS.fail.counted
  } after ${duration(durationMs)}, ${
    plural(
      transcript.length,
      "line",
    )
  }</summary>${said}${rows}</details>
  `;
}

function row({ atMs, direction, text }: WireChunk): Html {
  const [arrow, word] = DIRECTIONS[direction];
  return markup`
    <tr class="${direction}">
      <td>${(atMs / 1000).toFixed(3)}</td>
      <td><span aria-hidden="true">${arrow}</span><span class="unseen">${word}</span></td>
      <td>${text}</td>
    </tr>
  `;
}
