import type { Failure } from '../event.js';
import type { Tier } from '../naming.js';
import type { Hold } from '../retention/hold.js';
import type { BackupEventData } from './events.js';

/** Why a copy is not carried or read back now, and since when (ISO 8601). */
export interface CopyHoldUp {
  readonly failure: Failure;
  readonly since: string;
}

/** `retrying`: the run has ended, and this copy is tried again. */
interface OnItsWay {
  readonly heldUp?: CopyHoldUp;
  readonly retrying?: true;
}

/** What was seen of one copy last, and when (`at`, ISO 8601): expected, lying there, read back whole, not good, or deleted. */
export type Copy =
  | ({ readonly state: 'expected' } & OnItsWay)
  | ({ readonly state: 'present'; readonly path: string; readonly at: string } & OnItsWay)
  | { readonly state: 'verified'; readonly path: string; readonly at: string }
  /** It never came (then it has no path), or was read back and is not what was made. */
  | { readonly state: 'failed'; readonly path?: string; readonly failure: Failure; readonly at: string }
  | Leaving;

/** A copy that retention deletes, or has deleted. It can't be restored from, and its absence is no defect. */
export type Leaving =
  /** The deletion was begun, and may have happened. `was`: what it goes back to where the deletion is abandoned. */
  | {
      readonly state: 'removing';
      readonly path: string;
      readonly at: string;
      readonly tier: Tier;
      readonly rule: string;
      readonly reason: string;
      readonly was:
        | { readonly state: 'present' | 'verified'; readonly at: string }
        | { readonly state: 'failed'; readonly failure: Failure; readonly at: string };
    }
  | { readonly state: 'removed'; readonly path: string; readonly at: string; readonly rule: string };

/** By storage name, in the order of the policy. */
export type Copies = ReadonlyMap<string, Copy>;

/** An archive and its copies, which outlive the run that made them (`keeping.ts`). */
export interface Archived {
  readonly archive: BackupEventData<'ArchiveCreated'>;
  readonly copies: Copies;
}

interface Requested {
  readonly request: BackupEventData<'BackupRequested'>;
  readonly requestedAt: string;
  /** Also those that are in force no more because of their date. */
  readonly holds?: readonly Hold[];
  /** Somebody asked for its end, and it has not ended yet. */
  readonly cancelling?: BackupEventData<'BackupCancelRequested'>;
}

interface Begun extends Requested {
  readonly attempts: number;
  /** When the first attempt began. */
  readonly startedAt: string;
  /** The last failure; the run may continue, and succeed, all the same. */
  readonly failure?: Failure;
}

export type BackupState =
  | { readonly status: 'unknown' }
  | ({ readonly status: 'requested' } & Requested)
  | ({ readonly status: 'archiving' } & Begun)
  | ({ readonly status: 'distributing' } & Begun & Archived)
  | EndedBackup;

export interface EndedBackup extends Omit<Requested, 'cancelling'> {
  /**
   * The status of the backup (D11, D20): when its run ended, and then as the state of its copies changes. `success`: every
   * storage of the policy has a verified copy, and the archive lacks nothing; `partial`: some have, or it does; `failed`: there is
   * nothing to restore.
   */
  readonly status: 'success' | 'partial' | 'failed';
  readonly attempts: number;
  /** Absent where no attempt was begun, or the log does not know of one. */
  readonly startedAt?: string;
  /** When its run ended; for a backup that was found in the storages, when it was found. */
  readonly endedAt: string;
  /** Absent for a backup that was found. */
  readonly durationSeconds?: number;
  readonly failure?: Failure;
  /** Absent where no archive was made. */
  readonly archived?: Archived;
  /** Its archive is to be deleted. */
  readonly deletion?: ProposedDeletion;
  /** The code of the last refusal to delete a copy, by storage: the same one is recorded once. */
  readonly refusals?: Readonly<Record<string, string>>;
}

/** A deletion that can still be cancelled. Instants are ISO 8601. */
export interface ProposedDeletion {
  readonly rule: string;
  readonly reason: string;
  readonly proposedAt: string;
  readonly notBefore: string;
}

export const localCopy = 'local';

export function isEnded(state: BackupState): state is EndedBackup {
  return state.status === 'success' || state.status === 'partial' || state.status === 'failed';
}

/** The archive and its copies, once there is an archive. */
export function archivedIn(state: BackupState): Archived | undefined {
  if (state.status === 'distributing') return { archive: state.archive, copies: state.copies };
  return isEnded(state) ? state.archived : undefined;
}

export const withCopy = (copies: Copies, storage: string, copy: Copy): Copies => new Map(copies).set(storage, copy);

export const failureIn = ({ code, message, remedy }: Failure): Failure => ({ code, message, remedy });
