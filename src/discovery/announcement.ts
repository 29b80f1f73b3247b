/** What boards say of themselves on the network. */

/** A board that announces itself. Anybody can announce anything. */
export interface Announcement {
  readonly url: string;
  /** Who it says it is. Nothing is run before it proved so. */
  readonly uid?: string;
  /** What it calls itself. */
  readonly name?: string;
}

/** Looks for announcements until the time is over, or the signal aborts. */
export type Browse = (options: {
  readonly withinMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onHeard: (announcement: Announcement) => void;
}) => Promise<void>;

/** No network has more boards; one that is flooded shall not fill memory. */
export const MAX_ANNOUNCED = 256;

/** The ways to a board on which no password is sent. */
const WITHOUT_PASSWORD: ReadonlySet<string> = new Set(["tcp", "telnet"]);

/**
 * Whether a board may be spoken to only because it announced itself at such an address. Where it
 * would be sent a password it may not: whoever wants our passwords need only announce himself.
 */
export function isHarmless(scheme: string): boolean {
  return WITHOUT_PASSWORD.has(scheme);
}
