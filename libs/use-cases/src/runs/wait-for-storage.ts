/** The first and the longest wait between two attempts, in milliseconds. */
const [shortestMs, longestMs] = [5_000, 120_000];

const waitedMs = (since: string | undefined, now: Date): number =>
  since === undefined ? 0 : now.getTime() - Date.parse(since);

/** How long a copy that is held up waits for its next attempt: a quarter of the time since then, within bounds. */
export const waitAfter = (since: string | undefined, now: Date): number =>
  Math.min(Math.max(waitedMs(since, now) / 4, shortestMs), longestMs);

/** Whether a copy may go on waiting for its storage. */
export const isWithinWait = (since: string | undefined, now: Date, hours: number): boolean =>
  hours > 0 && waitedMs(since, now) < hours * 3_600_000;
