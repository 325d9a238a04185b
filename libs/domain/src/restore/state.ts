import type { RestoreEventData } from './events.js';

interface Requested {
  readonly request: RestoreEventData<'RestoreRequested'>;
  readonly requestedAt: string;
}

/** What a running restore has done so far. A new attempt starts over, except after the switch has begun. */
export interface Work {
  readonly attempts: number;
  readonly startedAt: string;
  readonly safetyBackup?: RestoreEventData<'SafetyBackupMade'>;
  readonly rejected: readonly RestoreEventData<'CopyRejected'>[];
  readonly fetched?: RestoreEventData<'ArchiveFetched'>;
  readonly staged?: RestoreEventData<'FilesStaged'>;
  readonly imported: readonly RestoreEventData<'DatabaseImported'>[];
  readonly switching?: RestoreEventData<'SwitchStarted'>;
  readonly heldUp?: HoldUp;
}

/** Why a switch that was begun, or its undo, can't be ended, and since when (ISO 8601). */
export interface HoldUp {
  readonly reason: RestoreEventData<'SwitchHeldUp'>;
  readonly since: string;
}

/** The undo of a restore that was begun and not completed. `failure`: it had been given up as unclear. */
export interface UnfinishedUndo {
  readonly status: 'undoing';
  readonly since: string;
  readonly unfinished: { readonly failure?: RestoreEventData<'RestoreFailed'> };
  readonly heldUp?: HoldUp;
}

export type RestoreState =
  | { readonly status: 'unknown' }
  | ({ readonly status: 'requested' } & Pick<Work, 'safetyBackup'> & Requested)
  | ({ readonly status: 'running' } & Work & Requested)
  | ({ readonly status: 'failed'; readonly failure: RestoreEventData<'RestoreFailed'> } & Requested)
  /** Completed. What it has replaced is kept, unless `kept` is empty. `failure`: an undo or a confirmation failed. */
  | ({ readonly status: 'completed'; readonly failure?: RestoreEventData<'RestoreSettlementFailed'> } & Completed &
      Requested)
  | ({ readonly status: 'undoing' | 'confirming'; readonly since: string } & Completed & Requested)
  | (UnfinishedUndo & Requested)
  | ({ readonly status: 'undone' | 'confirmed' } & Requested);

interface Completed {
  readonly completed: RestoreEventData<'RestoreCompleted'>;
  readonly completedAt: string;
}

/** Whether the runner has nothing more to do until somebody requests an undo or a confirmation. */
export function isRestoreEnded(state: RestoreState): boolean {
  return ['failed', 'completed', 'undone', 'confirmed'].includes(state.status);
}

/** Whether it has completed or failed: events of an earlier step come too late. */
export function isPastWork(state: RestoreState): boolean {
  return isRestoreEnded(state) || state.status === 'undoing' || state.status === 'confirming';
}

/** What its switch, or the undo of an unfinished one, waits for. It is tried again by itself. */
export const holdUpOf = (state: RestoreState): HoldUp | undefined => ('heldUp' in state ? state.heldUp : undefined);

/** Whether it is past the beginning of its switch and can't tell what is live: its undo takes back what was replaced. */
export function isUnfinished(state: RestoreState): boolean {
  if (state.status === 'failed') return state.failure.target === 'unclear';
  return holdUpOf(state) !== undefined;
}

/** Whether it keeps what it has replaced, so that it waits for its confirmation or undo. */
export function awaitsSettlement(state: RestoreState): boolean {
  if (state.status === 'undoing' || state.status === 'confirming') return true;
  return state.status === 'completed' && keepsAnything(state.completed);
}

export const keepsAnything = ({ kept }: RestoreEventData<'RestoreCompleted'>): boolean =>
  kept.paths > 0 || kept.databases.length > 0;
