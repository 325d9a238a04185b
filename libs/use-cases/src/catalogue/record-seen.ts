import {
  archivedIn,
  backupDecider,
  isEnded,
  type BackupCommand,
  type BackupEventData,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate } from '@havun/event-store';
import type { Storages } from '@havun/storage';
import type { RequestDeps } from '../backups/request-backup.js';
import type { Examined } from './examine.js';
import { problems, type Problem } from './problem.js';

export interface SeenOptions {
  readonly deps: Pick<RequestDeps, 'store' | 'clock' | 'ids' | 'source'>;
  readonly storages: Storages;
  /** The storages that could be listed. Of the others nobody knows what is missing. */
  readonly listed: readonly string[];
  readonly dryRun: boolean;
}

/** What was seen of the copies of one backup; `archives`: those that were listed. */
export interface Seen extends Pick<Examined, 'readBack' | 'damaged' | 'claims'> {
  readonly archives: readonly { readonly storage: string; readonly path: string }[];
}

/**
 * Records what was seen of the copies that the log knows of an ended backup: which were read back whole, and which are damaged or
 * gone. A damage that is on record is not recorded again.
 * @returns the copies that are gone
 */
export async function recordSeen(
  stream: StreamId,
  about: { readonly project: string; readonly name: string },
  seen: Seen,
  { deps, storages, listed, dryRun }: SeenOptions,
): Promise<Problem[]> {
  const { state } = await loadAggregate(deps.store, backupDecider, stream);
  if (!isEnded(state)) return [];
  const gone: Problem[] = [];
  const record = async (command: Reverification): Promise<void> => {
    if (dryRun) return;
    const meta = { ids: deps.ids, source: deps.source, correlationId: stream.id };
    const timed = { ...command, now: deps.clock.now().toISOString() } as BackupCommand;
    await execute({ store: deps.store, decider: backupDecider, stream, command: timed, meta });
  };
  for (const [storage, copy] of archivedIn(state)?.copies ?? []) {
    if (copy.state === 'expected' || copy.path === undefined) continue;
    // Retention deletes it: its absence is no defect.
    if (copy.state === 'removing' || copy.state === 'removed') continue;
    const { path } = copy;
    const isIt = (each: { readonly storage: string; readonly path: string }): boolean =>
      each.storage === storage && each.path === path;
    const whole = seen.readBack.find(isIt);
    if (whole && copy.state === 'verified') await record({ type: 'RecordReverification', ...whole });
    let failure = seen.damaged.find(isIt);
    const claim = seen.claims.find(isIt);
    if (claim && claim.sha256 !== state.archived?.archive.sha256)
      failure = { ...problems.otherChecksum({ storage, path }, claim.sha256), storage, path };
    if (!failure && listed.includes(storage) && !seen.archives.some(isIt)) {
      // It may have been moved while the storages were listed.
      if ((await storages.named(storage).stat(path)) !== undefined) continue;
      const missing = problems.copyMissing({ project: about.project, backup: about.name, storage, path }, path);
      gone.push(missing);
      failure = { ...missing, storage, path };
    }
    if (!failure || (copy.state === 'failed' && copy.failure.code === failure.code)) continue;
    const { code, message, remedy } = failure;
    await record({ type: 'RecordReverificationFailure', storage, path, code, message, remedy });
  }
  return gone;
}

type Reverification =
  | ({ readonly type: 'RecordReverification' } & BackupEventData<'Verified'>)
  | ({ readonly type: 'RecordReverificationFailure' } & BackupEventData<'VerificationFailed'>);
