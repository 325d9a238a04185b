import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { hotArchivePath, isEnded, type BackupState, type Clock, type DeliveredEvent } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { Leases, ProgressPublisher, projectLeaseKey, workLeaseKey } from '@havun/coordination';
import { RetryLater } from '@havun/messaging';
import {
  BACKUP_RUNS,
  CLOCK,
  CONFIG,
  EVENT_STORE,
  INSTANCE,
  LEASES,
  LOGGER,
  PROGRESS,
  type Logger,
  ScratchFolder,
} from '@havun/service-kit';
import { BackupRuns, cancellationOf, holdingProject, runningRun, unlessCancelled } from '@havun/use-cases';
import { localStorageName, Storages } from '@havun/storage';
import { makeArchive, removeUnfinished, type ArchiveFacts, type ArchiveJob } from './archive-job.js';
import { projectSource } from './project-source.js';

type Known = Exclude<BackupState, { status: 'unknown' }>;
type Archiving = Extract<BackupState, { status: 'archiving' }>;

/** The delay of a message while another process holds what it needs, in milliseconds. */
const busyDelayMs = 2_000;

/** Runs a requested backup until its archive is in local hot storage. The run ends here only without an archive. */
@Injectable()
export class ArchiveService {
  constructor(
    @Inject(BACKUP_RUNS) private readonly runs: BackupRuns,
    private readonly storages: Storages,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(PROGRESS) private readonly progress: ProgressPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(INSTANCE) private readonly instance: string,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly scratch: ScratchFolder,
  ) {}

  async run(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    if (state.status !== 'requested' && state.status !== 'archiving') return;
    if (state.cancelling) return this.cancel(event);
    const { project, force } = state.request;
    const work = await this.leases.acquire(workLeaseKey(event.stream.id, 'archive'), this.instance, { shared: false });
    if (work.kind === 'held') throw new RetryLater(busyDelayMs, `${work.by.holder} is at work on this backup`);
    try {
      await holdingProject(this.leases, project, event.stream.id, async () => {
        if (!force && (await this.refuseBeside(event, project))) return;
        await this.attempt(event, AbortSignal.any([signal, work.lease.signal]));
      });
    } finally {
      await work.lease.release();
    }
  }

  /** Ends the run where another backup of the project is running. @returns whether it did */
  private async refuseBeside(event: DeliveredEvent, project: string): Promise<boolean> {
    const holder = await this.leases.peek(projectLeaseKey(project));
    if (!holder || holder.owner === event.stream.id) return false;
    const refusal = await runningRun(this.store, event.stream.host, project, holder.owner);
    if (!refusal) throw new RetryLater(busyDelayMs, `the lease of ${holder.owner}, which has ended, has to expire`);
    // The restored data is worth a backup, so the slot waits for the restore.
    if (refusal.code === 'RESTORE_RUNNING') throw new RetryLater(busyDelayMs, refusal.message);
    await this.runs.record(event, { type: 'FailBackup', stage: 'request', ...refusal });
    return true;
  }

  private async attempt(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.record(event, {
      type: 'StartBackup',
      runner: this.instance,
      maxAttempts: this.config.runs.max_attempts,
    });
    if (state.status !== 'archiving') {
      if (isEnded(state)) await this.giveUp(event, state);
      return;
    }
    const begun = this.clock.now().getTime();
    const isCancelled = await unlessCancelled(this.runs, event, {
      stage: 'archive',
      signal,
      work: async (ours) => {
        const facts = await this.archiveOrFail(event, state, ours);
        if (!facts) return;
        const durationMs = this.clock.now().getTime() - begun;
        await this.runs.record(event, { type: 'RecordArchive', ...facts, durationMs });
      },
      onCancel: () => this.removeUnfinished(event, state),
    });
    if (isCancelled) await this.endRun(event, state);
  }

  /** Ends a run that nobody works on, for example while its copies wait. A stage at work notices the cancellation itself. */
  async cancel(event: DeliveredEvent): Promise<void> {
    const failure = await cancellationOf(this.runs, event.stream);
    const state = await this.runs.load(event.stream);
    if (!failure || state.status === 'unknown' || isEnded(state)) return;
    const stage = state.status === 'distributing' ? 'upload' : state.status === 'archiving' ? 'archive' : 'request';
    if (stage === 'archive') await this.removeUnfinished(event, state);
    const ended = await this.runs.record(event, { type: 'FailBackup', stage, ...failure });
    await this.endRun(event, ended);
  }

  private async removeUnfinished({ stream }: DeliveredEvent, { request }: Known): Promise<void> {
    const local = this.storages.named(localStorageName);
    const path = hotArchivePath(request.project, request.name);
    await removeUnfinished(local, path, stream.id, this.config.runs.max_attempts);
  }

  /** Every attempt has died, and the last one could not clean up after itself. */
  private async giveUp(event: DeliveredEvent, state: BackupState): Promise<void> {
    if (state.status === 'unknown') return;
    await this.removeUnfinished(event, state);
    await this.endRun(event, state);
  }

  private async archiveOrFail(
    event: DeliveredEvent,
    state: Archiving,
    signal: AbortSignal,
  ): Promise<ArchiveFacts | undefined> {
    try {
      return await makeArchive(this.jobFor(event, state, signal));
    } catch (error) {
      // Stopped, not failed: the message is delivered again, and the attempt repeated.
      signal.throwIfAborted();
      this.logger.error({ err: error, backup: state.request.name }, 'the archive could not be made');
      const ended = await this.runs.record(event, {
        type: 'FailBackup',
        stage: 'archive',
        ...this.runs.failure(error),
      });
      await this.endRun(event, ended);
      return undefined;
    }
  }

  private jobFor({ stream }: DeliveredEvent, { request, attempts }: Archiving, signal: AbortSignal): ArchiveJob {
    const { project, name, policy } = request;
    const { source, password } = projectSource(this.config, project, {
      encrypted: policy.encrypted,
      scratch: this.scratch.path,
    });
    return {
      backupId: stream.id,
      attempt: attempts,
      head: {
        backupId: stream.id,
        name,
        project,
        host: stream.host,
        timezone: this.config.timezone,
        createdAt: this.clock.now().toISOString(),
        trigger: request.trigger,
      },
      source,
      local: this.storages.named(localStorageName),
      localFolder: this.config.storage.local.path,
      ...(password !== undefined && { password }),
      compression: this.config.archive,
      signal,
      onProgress: (bytes) => {
        this.progress.report({ runId: stream.id, host: stream.host, project, activity: 'archive', ...bytes });
      },
    };
  }

  private async endRun({ stream }: DeliveredEvent, state: BackupState): Promise<void> {
    if (state.status !== 'unknown') await this.leases.endRun(state.request.project, stream.id);
  }
}
