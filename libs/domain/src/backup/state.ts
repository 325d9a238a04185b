import type { Failure } from '../event.js';
import type { BackupEventData } from './events.js';

/** One copy's way: expected, lying there, and read back — or given up. */
export type Copy =
  | { readonly state: 'expected' }
  | { readonly state: 'present'; readonly path: string }
  | { readonly state: 'verified'; readonly path: string }
  | { readonly state: 'failed'; readonly path?: string; readonly failure: Failure };

interface Requested {
  readonly request: BackupEventData<'BackupRequested'>;
  readonly requestedAt: string;
}

export type BackupState =
  | { readonly status: 'unknown' }
  | ({ readonly status: 'requested' } & Requested)
  | ({ readonly status: 'archiving'; readonly attempts: number; readonly startedAt: string } & Requested)
  | ({
      readonly status: 'distributing';
      readonly startedAt: string;
      readonly archive: BackupEventData<'ArchiveCreated'>;
      readonly copies: ReadonlyMap<string, Copy>;
    } & Requested)
  | ({
      readonly status: 'success' | 'partial' | 'failed';
      /** Where its copies lie; absent where no archive came to be. */
      readonly archived?: Archived;
    } & Requested);

export interface Archived {
  readonly archive: BackupEventData<'ArchiveCreated'>;
  readonly copies: ReadonlyMap<string, Copy>;
}

export const localCopy = 'local';

export type EndedBackup = Extract<BackupState, { status: 'success' | 'partial' | 'failed' }>;

export function isEnded(state: BackupState): state is EndedBackup {
  return state.status === 'success' || state.status === 'partial' || state.status === 'failed';
}

/** One copy that a restore can be made from. */
export interface RestorableCopy {
  readonly storage: string;
  readonly path: string;
  /** Read back at some time; a copy that was only found in its storage was not. */
  readonly verified: boolean;
}

/**
 * The copies that a restore may be made from: verified ones first, and within them the local one first, as it is nearest.
 * None for a run that has not ended, or whose copies all failed.
 */
export function restorableCopies(state: BackupState): RestorableCopy[] {
  if (!isEnded(state) || !state.archived) return [];
  const copies = [...state.archived.copies].flatMap(([storage, copy]): RestorableCopy[] =>
    copy.state === 'verified' || copy.state === 'present'
      ? [{ storage, path: copy.path, verified: copy.state === 'verified' }]
      : [],
  );
  const rank = ({ storage, verified }: RestorableCopy): number => (verified ? 0 : 2) + (storage === localCopy ? 0 : 1);
  return copies.sort((a, b) => rank(a) - rank(b));
}
