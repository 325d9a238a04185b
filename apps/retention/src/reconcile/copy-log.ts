import { archivedIn, isEnded, type BackupCommand, type Copy, type DeliveredEvent, type StreamId } from '@havun/domain';
import type { BackupRuns, Step } from '@havun/use-cases';

/** A copy that the log says lies in its storage. */
export type StandingCopy = Extract<Copy, { state: 'present' | 'verified' | 'failed' }>;

/** What the log says of single copies at this moment, and what is added to it. The tables may be behind. */
export class CopyLog {
  constructor(
    private readonly backups: BackupRuns,
    private readonly cause: DeliveredEvent,
  ) {}

  /** Undefined where the copy lies elsewhere by now, is uploaded again, or is being deleted. */
  async now(backupId: string, storage: string, path: string): Promise<StandingCopy | undefined> {
    const copy = (await this.copies(backupId)).get(storage);
    return isStanding(copy) && copy.path === path ? copy : undefined;
  }

  /** The copies that can be restored from, by storage. */
  async good(backupId: string): Promise<[storage: string, path: string][]> {
    return [...(await this.copies(backupId))].flatMap(([storage, copy]) =>
      copy.state === 'verified' || copy.state === 'present' ? [[storage, copy.path]] : [],
    );
  }

  async record(backupId: string, step: Step<BackupCommand>): Promise<void> {
    await this.backups.record({ ...this.cause, stream: this.streamOf(backupId), correlationId: backupId }, step);
  }

  private async copies(backupId: string): Promise<ReadonlyMap<string, Copy>> {
    const state = await this.backups.load(this.streamOf(backupId));
    return (isEnded(state) ? archivedIn(state)?.copies : undefined) ?? new Map<string, Copy>();
  }

  private streamOf(id: string): StreamId {
    return { host: this.cause.stream.host, category: 'backup', id };
  }
}

const isStanding = (copy: Copy | undefined): copy is StandingCopy & { path: string } =>
  copy !== undefined &&
  (copy.state === 'verified' || copy.state === 'failed' || (copy.state === 'present' && copy.retrying !== true)) &&
  copy.path !== undefined;
