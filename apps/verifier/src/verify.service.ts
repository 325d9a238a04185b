import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { copiesToVerify, isEnded, type BackupState, type Clock, type Failure, type DeliveredEvent } from '@havun/domain';
import { Leases, ProgressPublisher } from '@havun/coordination';
import { BACKUP_RUNS, CLOCK, CONFIG, LEASES, PROGRESS } from '@havun/service-kit';
import { BackupRuns, GaveUp, holdingProject, retriesOf, retrying } from '@havun/use-cases';
import { Storages, type RemoteDigest } from '@havun/storage';

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
    try {
      const digest = await retrying(() => this.readBack(event, state, copy, signal), {
        ...retriesOf(this.config.uploads),
        signal,
      });
      const difference = differenceOf(copy, digest, state.archive);
      if (difference) {
        await this.runs.record(event, { type: 'RecordVerificationFailure', ...copy, ...difference });
        return;
      }
      const durationMs = this.clock.now().getTime() - begun;
      await this.runs.record(event, { type: 'RecordVerification', ...copy, ...digest, durationMs });
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      const failure = this.runs.failure(error.cause);
      await this.runs.record(event, { type: 'RecordVerificationFailure', ...copy, ...failure });
    }
  }

  private readBack(
    { stream }: DeliveredEvent,
    { request, archive }: Distributing,
    { storage, path }: PresentCopy,
    signal: AbortSignal,
  ): Promise<RemoteDigest> {
    return this.storages.named(storage).sha256(path, {
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
  }
}

function differenceOf(
  { storage, path }: PresentCopy,
  found: { size: number; sha256: string },
  expected: { size: number; sha256: string },
): Failure | undefined {
  if (found.sha256 === expected.sha256 && found.size === expected.size) return undefined;
  return {
    code: 'CHECKSUM_MISMATCH',
    message: `The copy in ${storage} is not what was written: ${path} has ${found.size} bytes and SHA-256 ${found.sha256}, expected are ${expected.size} bytes and ${expected.sha256}`,
    remedy: `Do not restore from this copy. Check the disk or server behind "${storage}", and run the backup again.`,
  };
}
