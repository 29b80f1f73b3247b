/** What boards say of themselves on the network. */

/** A board that announces itself. */
export interface Announcement {
  readonly url: string;
  /** Who it says it is. Nothing is run before it proved so. */
  readonly uid?: string;
}

/** Looks for announcements until the time is over, or the signal aborts. */
export type Browse = (options: {
  readonly withinMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onHeard: (announcement: Announcement) => void;
}) => Promise<void>;
