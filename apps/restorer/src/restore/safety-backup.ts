import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import {
  archivedIn,
  isEnded,
  isHeldUp,
  localCopy,
  safetyBackupId,
  type BackupState,
  type Clock,
  type EndedBackup,
  type Failure,
  type Ids,
  type RestoreState,
  type RestoreEventData,
  type StreamId,
} from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { Leases } from '@havun/coordination';
import { RetryLater } from '@havun/messaging';
import { BACKUP_RUNS, CLOCK, CONFIG, EVENT_STORE, IDS, LEASES } from '@havun/service-kit';
import { BackupRuns, occupantOf, requestBackup } from '@havun/use-cases';

/** The interval at which the backup's end is checked, in milliseconds. */
const lookAgainMs = 1_000;

export type SafetyBackup =
  | { readonly kind: 'made'; readonly backup: RestoreEventData<'SafetyBackupMade'> }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Backs up the present state before a restore replaces it: an ordinary backup, with a trigger of its own. */
@Injectable()
export class SafetyBackups {
  constructor(
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(BACKUP_RUNS) private readonly backups: BackupRuns,
  ) {}

  async isAskedFor(restore: StreamId): Promise<boolean> {
    const id = safetyBackupId(restore.id);
    return (await this.backups.load({ ...restore, category: 'backup', id })).status !== 'unknown';
  }

  /** @throws RetryLater until the backup has ended */
  async of(restore: StreamId, { request }: Extract<RestoreState, { status: 'requested' }>): Promise<SafetyBackup> {
    const id = safetyBackupId(restore.id);
    const state = await this.backups.load({ ...restore, category: 'backup', id });
    if (state.status === 'unknown') {
      await this.ask(restore, request.project, id);
      throw new RetryLater(lookAgainMs, 'the safety backup has to end');
    }
    if (state.status === 'distributing' && isHeldUp(state) && isHere(state)) {
      return { kind: 'made', backup: { id, name: state.request.name, status: 'partial' } };
    }
    if (!isEnded(state)) throw new RetryLater(lookAgainMs, 'the safety backup has to end');
    return isSafe(state)
      ? { kind: 'made', backup: { id, name: state.request.name, status: state.status } }
      : { kind: 'failed', failure: failureOf(state) };
  }

  private async ask(restore: StreamId, project: string, backupId: string): Promise<void> {
    const { config, store, leases, clock, ids } = this;
    const occupant = await occupantOf({ store, leases }, restore.host, project);
    if (occupant) throw new RetryLater(lookAgainMs, occupant.message);
    await requestBackup(
      { config, store, leases, clock, ids, source: 'restorer' },
      { project, backupId, trigger: 'safety', correlationId: restore.id },
    );
  }
}

function failureOf({ status, failure, request }: EndedBackup): Failure {
  const why = status === 'failed' && failure ? `${failure.message} ${failure.remedy}` : 'no copy could be verified';
  return {
    code: 'SAFETY_BACKUP_FAILED',
    message: `The present state could not be backed up first (${request.name}): ${why}`,
    remedy:
      'Fix that, and request the restore again. If nothing there is worth a backup, skip it with --skip-safety-backup: what is replaced is still kept until the restore is confirmed.',
  };
}

/** The copy on this machine is enough to go back to. At night, a restore must not wait for an offsite storage that is down. */
const isSafe = (state: BackupState): state is EndedBackup & { status: 'success' | 'partial' } =>
  (state.status === 'success' || state.status === 'partial') && isHere(state);

const isHere = (state: BackupState): boolean => archivedIn(state)?.copies.get(localCopy)?.state === 'verified';
