import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import {
  archivedIn,
  checksumContent,
  checksumPath,
  copiesToUpload,
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
import { partPath, StorageError, Storages, type Retry } from '@havun/storage';

/** How long a cancelled upload tries to remove its leftovers, in milliseconds. */
const removeMs = 5_000;

interface Work {
  readonly request: BackupEventData<'BackupRequested'>;
  readonly archive: BackupEventData<'ArchiveCreated'>;
}

/**
 * Uploads a finished archive to every offsite storage of its backup. Each copy ends in `Uploaded` or `UploadFailed`. A copy whose
 * storage can't be reached waits for it first.
 */
@Injectable()
export class UploadService {
  constructor(
    @Inject(BACKUP_RUNS) private readonly runs: BackupRuns,
    private readonly storages: Storages,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(PROGRESS) private readonly progress: ProgressPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws RetryLater while a copy waits for its storage */
  async distribute(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    const archived = archivedIn(state);
    if (state.status === 'unknown' || !archived) return;
    const work: Work = { request: state.request, archive: archived.archive };
    const { project } = state.request;
    const due = copiesToUpload(state);
    const carryAll = async (ours: AbortSignal): Promise<void> => {
      await Promise.all(due.map((storage) => this.carry(event, work, storage, ours)));
    };
    const isCancelled = await unlessCancelled(this.runs, event, {
      stage: 'upload',
      signal,
      // A copy that waits or is retried only reads the archive, so the project's next run need not wait for it.
      work: (ours) =>
        isEnded(state) || isHeldUp(state)
          ? carryAll(ours)
          : holdingProject(this.leases, project, event.stream.id, () => carryAll(ours)),
      onCancel: () => this.removeParts(event, work, due),
    });
    if (isCancelled) await this.leases.endRun(project, event.stream.id);
    else await this.retryHeldUp(event, project);
  }

  private async retryHeldUp(event: DeliveredEvent, project: string): Promise<void> {
    const state = await this.runs.load(event.stream);
    const waiting = copiesToUpload(state);
    const [first] = waiting;
    if (first === undefined) return;
    if (isHeldUp(state)) await this.leases.endRun(project, event.stream.id);
    throw new RetryLater(nextWaitMs(state, first, this.clock.now()), `${waiting.join(', ')} can't be reached`);
  }

  private async removeParts(event: DeliveredEvent, { archive }: Work, storages: readonly string[]): Promise<void> {
    await Promise.all(
      storages.map(async (storage) => {
        const part = partPath(archive.path, event.stream.id);
        // If it can't be removed, it is still a `.part`, which nobody takes for a backup.
        await this.storages
          .named(storage)
          .remove(part, { signal: AbortSignal.timeout(removeMs) })
          .catch(() => undefined);
      }),
    );
  }

  private async carry(event: DeliveredEvent, work: Work, storage: string, signal: AbortSignal): Promise<void> {
    const uploaded = await this.upload(event, work, storage, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      const attempts = error instanceof StorageError ? error.attempts : 1;
      return { isAway: error instanceof StorageError && error.isAway, attempts, ...this.runs.failure(error) };
    });
    if (!('code' in uploaded)) {
      await this.runs.record(event, { type: 'RecordUpload', ...uploaded, storage });
      return;
    }
    const { isAway, attempts, ...failure } = uploaded;
    const state = await this.runs.load(event.stream);
    if (isAway && mayWait(state, storage, this.clock.now(), this.config.uploads.wait_hours)) {
      await this.runs.record(event, { type: 'RecordCopyHoldUp', step: 'upload', storage, ...failure });
    } else {
      await this.runs.record(event, { type: 'RecordUploadFailure', attempts, storage, ...failure });
    }
  }

  private async upload(
    event: DeliveredEvent,
    work: Work,
    storage: string,
    signal: AbortSignal,
  ): Promise<Omit<BackupEventData<'Uploaded'>, 'storage'>> {
    const { path, sha256, size } = work.archive;
    const begun = this.clock.now().getTime();
    const target = this.storages.named(storage);
    const onRetry = ({ attempt, of, delayMs, error }: Retry): void => {
      const { code, message } = this.runs.failure(error);
      this.report(event, work, storage, 0, { attempt, of, inMs: delayMs, failure: { code, message } });
    };
    const { resumedFrom, adopted } = await target.upload(join(this.config.storage.local.path, path), path, {
      sha256,
      size,
      partId: event.stream.id,
      signal,
      onRetry,
      onProgress: ({ bytes }) => {
        this.report(event, work, storage, bytes);
      },
    });
    const partId = event.stream.id;
    await target.putSmall(checksumPath(path), checksumContent(path, sha256), { signal, onRetry, partId });
    return { path, size, resumedFrom, adopted, durationMs: this.clock.now().getTime() - begun };
  }

  private report(
    { stream }: DeliveredEvent,
    { request, archive }: Work,
    storage: string,
    doneBytes: number,
    retry?: Parameters<ProgressPublisher['report']>[0]['retry'],
  ): void {
    this.progress.report({
      runId: stream.id,
      host: stream.host,
      project: request.project,
      activity: 'upload',
      storage,
      doneBytes,
      totalBytes: archive.size,
      ...(retry && { retry }),
    });
  }
}
