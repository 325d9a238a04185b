import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import {
  checksumContent,
  checksumPath,
  copiesToUpload,
  type BackupEventData,
  type BackupState,
  type Clock,
  type DeliveredEvent,
} from '@havun/domain';
import { Leases, ProgressPublisher } from '@havun/coordination';
import { BACKUP_RUNS, CLOCK, CONFIG, LEASES, PROGRESS } from '@havun/service-kit';
import { BackupRuns, holdingProject } from '@havun/use-cases';
import { StorageError, Storages, type Retry } from '@havun/storage';

type Distributing = Extract<BackupState, { status: 'distributing' }>;

/** Carries a finished archive to every offsite storage of its backup. Each copy ends in `Uploaded` or `UploadFailed`. */
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

  async distribute(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    if (state.status !== 'distributing') return;
    await holdingProject(this.leases, state.request.project, event.stream.id, () =>
      Promise.all(copiesToUpload(state).map((storage) => this.carry(event, state, storage, signal))),
    );
  }

  private async carry(event: DeliveredEvent, state: Distributing, storage: string, signal: AbortSignal): Promise<void> {
    const uploaded = await this.upload(event, state, storage, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return { attempts: error instanceof StorageError ? error.attempts : 1, ...this.runs.failure(error) };
    });
    await this.runs.record(event, {
      ...('code' in uploaded ? { type: 'RecordUploadFailure', ...uploaded } : { type: 'RecordUpload', ...uploaded }),
      storage,
    });
  }

  private async upload(
    event: DeliveredEvent,
    state: Distributing,
    storage: string,
    signal: AbortSignal,
  ): Promise<Omit<BackupEventData<'Uploaded'>, 'storage'>> {
    const { path, sha256, size } = state.archive;
    const begun = this.clock.now().getTime();
    const target = this.storages.named(storage);
    const onRetry = ({ attempt, of, delayMs, error }: Retry): void => {
      const { code, message } = this.runs.failure(error);
      this.report(event, state, storage, 0, { attempt, of, inMs: delayMs, failure: { code, message } });
    };
    const { resumedFrom, adopted } = await target.upload(join(this.config.storage.local.path, path), path, {
      sha256,
      size,
      partId: event.stream.id,
      signal,
      onRetry,
      onProgress: ({ bytes }) => {
        this.report(event, state, storage, bytes);
      },
    });
    const partId = event.stream.id;
    await target.putSmall(checksumPath(path), checksumContent(path, sha256), { signal, onRetry, partId });
    return { path, size, resumedFrom, adopted, durationMs: this.clock.now().getTime() - begun };
  }

  private report(
    { stream }: DeliveredEvent,
    { request, archive }: Distributing,
    storage: string,
    doneBytes: number,
    retry?: Parameters<ProgressPublisher['report']>[0]['retry'],
  ): void {
    this.progress.report({
      backupId: stream.id,
      host: stream.host,
      project: request.project,
      stage: 'upload',
      storage,
      doneBytes,
      totalBytes: archive.size,
      ...(retry && { retry }),
    });
  }
}
