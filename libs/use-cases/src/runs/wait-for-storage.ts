import { heldUpSince, type BackupState } from '@havun/domain';

/** The first and the longest wait between two attempts, in milliseconds. */
const [shortestMs, longestMs] = [5_000, 120_000];

/** How long the copy has waited for its storage, in milliseconds. */
function waitedMs(state: BackupState, storage: string, now: Date): number {
  const since = heldUpSince(state, storage);
  return since === undefined ? 0 : now.getTime() - Date.parse(since);
}

/** How long a copy that is held up waits for its next attempt: a quarter of its wait so far, within bounds. */
export const nextWaitMs = (state: BackupState, storage: string, now: Date): number =>
  Math.min(Math.max(waitedMs(state, storage, now) / 4, shortestMs), longestMs);

/** Whether a copy may go on waiting for its storage. */
export const mayWait = (state: BackupState, storage: string, now: Date, hours: number): boolean =>
  hours > 0 && waitedMs(state, storage, now) < hours * 3_600_000;
