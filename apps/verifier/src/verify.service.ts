import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { copiesToVerify, isEnded, type BackupState, type Clock, type DeliveredEvent } from '@havun/domain';
import { Leases, ProgressPublisher } from '@havun/coordination';
import { BACKUP_RUNS, CLOCK, CONFIG, LEASES, PROGRESS } from '@havun/service-kit';
import { BackupRuns, holdingProject } from '@havun/use-cases';
import { requireContent, Storages, type RemoteDigest } from '@havun/storage';

type Distributing = Extract<BackupState, { status: 'distributing' }>;
interface PresentCopy {
  readonly storage: string;
  readonly path: string;
}

/** Reads every copy back (D11), and ends the run once the last one is settled. */
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

  async settle(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    if (state.status !== 'distributing') return;
    await holdingProject(this.leases, state.request.project, event.stream.id, async () => {
      await Promise.all(copiesToVerify(state).map((copy) => this.verify(event, state, copy, signal)));
      const after = await this.runs.record(event, { type: 'CompleteBackup' });
      if (isEnded(after)) await this.leases.endRun(state.request.project, event.stream.id);
    });
  }

  private async verify(
    event: DeliveredEvent,
    state: Distributing,
    copy: PresentCopy,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = this.clock.now().getTime();
    const read = await this.readBack(event, state, copy, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      return this.runs.failure(error);
    });
    if ('code' in read) {
      await this.runs.record(event, { type: 'RecordVerificationFailure', ...copy, ...read });
      return;
    }
    const durationMs = this.clock.now().getTime() - begun;
    await this.runs.record(event, { type: 'RecordVerification', ...copy, ...read, durationMs });
  }

  /** @throws StorageError where it can't be read, or is not what was written */
  private async readBack(
    { stream }: DeliveredEvent,
    { request, archive }: Distributing,
    { storage, path }: PresentCopy,
    signal: AbortSignal,
  ): Promise<RemoteDigest> {
    const digest = await this.storages.named(storage).sha256(path, {
      signal,
      onProgress: ({ bytes }) => {
        this.progress.report({
          backupId: stream.id,
          host: stream.host,
          project: request.project,
          stage: 'verify',
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
