import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import {
  archivedIn,
  copiesToVerify,
  heldUpSince,
  isEnded,
  isHeldUp,
  type BackupEventData,
  type Clock,
  type DeliveredEvent,
} from '@havun/domain';
import { Leases, ProgressPublisher } from '@havun/coordination';
import { BACKUP_RUNS, CLOCK, CONFIG, LEASES, PROGRESS } from '@havun/service-kit';
import { RetryLater } from '@havun/messaging';
import { BackupRuns, holdingProject, mayWait, nextWaitMs, unlessCancelled } from '@havun/use-cases';
import { requireContent, StorageError, Storages, type RemoteDigest } from '@havun/storage';

interface Work {
  readonly request: BackupEventData<'BackupRequested'>;
  readonly archive: BackupEventData<'ArchiveCreated'>;
}
interface PresentCopy {
  readonly storage: string;
  readonly path: string;
}

/** Reads every copy back (D11), and ends the run when the last one is settled. */
@Injectable()
export class VerifyService {
  constructor(
    @Inject(BACKUP_RUNS) private readonly runs: BackupRuns,
    private readonly storages: Storages,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(PROGRESS) private readonly progress: ProgressPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws RetryLater while a copy waits for its storage */
  async settle(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    const archived = archivedIn(state);
    if (state.status === 'unknown' || !archived) return;
    const work: Work = { request: state.request, archive: archived.archive };
    const { project } = state.request;
    const due = copiesToVerify(state);
    const verifyAll = async (ours: AbortSignal): Promise<void> => {
      await Promise.all(due.map((copy) => this.verify(event, work, copy, ours)));
      await this.runs.record(event, { type: 'CompleteBackup' });
    };
    const isCancelled = await unlessCancelled(this.runs, event, {
      stage: 'verify',
      signal,
      work: (ours) =>
        isEnded(state) || isHeldUp(state)
          ? verifyAll(ours)
          : holdingProject(this.leases, project, event.stream.id, () => verifyAll(ours)),
      onCancel: () => Promise.resolve(),
    });
    const after = await this.runs.load(event.stream);
    if (isCancelled || isEnded(after) || isHeldUp(after)) await this.leases.endRun(project, event.stream.id);
    const [first] = copiesToVerify(after).filter(({ storage }) => heldUpSince(after, storage) !== undefined);
    if (!first) return;
    throw new RetryLater(nextWaitMs(after, first.storage, this.clock.now()), `${first.storage} can't be reached`);
  }

  private async verify(event: DeliveredEvent, work: Work, copy: PresentCopy, signal: AbortSignal): Promise<void> {
    const begun = this.clock.now().getTime();
    const read = await this.readBack(event, work, copy, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return { isAway: error instanceof StorageError && error.isAway, ...this.runs.failure(error) };
    });
    if ('code' in read) {
      const { isAway, ...failure } = read;
      const { storage } = copy;
      const state = await this.runs.load(event.stream);
      if (isAway && mayWait(state, storage, this.clock.now(), this.config.uploads.wait_hours)) {
        await this.runs.record(event, { type: 'RecordCopyHoldUp', step: 'verify', storage, ...failure });
        return;
      }
      await this.runs.record(event, { type: 'RecordVerificationFailure', ...copy, ...failure });
      return;
    }
    const durationMs = this.clock.now().getTime() - begun;
    await this.runs.record(event, { type: 'RecordVerification', ...copy, ...read, durationMs });
  }

  /** @throws StorageError where the copy can't be read, or differs from what was written */
  private async readBack(
    { stream }: DeliveredEvent,
    { request, archive }: Work,
    { storage, path }: PresentCopy,
    signal: AbortSignal,
  ): Promise<RemoteDigest> {
    const digest = await this.storages.named(storage).sha256(path, {
      signal,
      onProgress: ({ bytes }) => {
        this.progress.report({
          runId: stream.id,
          host: stream.host,
          project: request.project,
          activity: 'verify',
          storage,
          doneBytes: bytes,
          totalBytes: archive.size,
        });
      },
    });
    requireContent({ storage, path }, digest, archive);
    return digest;
  }
}
