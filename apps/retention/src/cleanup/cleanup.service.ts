import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { isCleanupEnded, type Clock, type DeliveredEvent, type Ids } from '@havun/domain';
import { EventStoreError, type EventStore } from '@havun/event-store';
import { Leases, workLeaseKey } from '@havun/coordination';
import { RetryLater } from '@havun/messaging';
import {
  BACKUP_RUNS,
  CLEANUP_RUNS,
  CLOCK,
  CONFIG,
  EVENT_STORE,
  IDS,
  INSTANCE,
  LEASES,
  LOGGER,
  type Logger,
} from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { BackupRuns, CleanupRuns } from '@havun/use-cases';
import { Tables } from '../tables.js';
import { cleanUpProject } from './clean-up-project.js';
import type { CleanupResult } from './tally.js';

/** How long a message waits while another process cleans the project up, in milliseconds. */
const busyDelayMs = 5_000;

/** Turns a requested clean-up into one that has completed or failed. What it leaves undone is left to the next one. */
@Injectable()
export class CleanupService {
  constructor(
    @Inject(CLEANUP_RUNS) private readonly runs: CleanupRuns,
    @Inject(BACKUP_RUNS) private readonly backups: BackupRuns,
    private readonly storages: Storages,
    private readonly tables: Tables,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(INSTANCE) private readonly instance: string,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws RetryLater while another process cleans the same project up */
  async run(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    if (state.status === 'unknown' || isCleanupEnded(state)) return;
    const { project } = state.request;
    // Not the lease of the project: a long backup must not keep what is due from being done.
    const work = await this.leases.acquire(workLeaseKey(project, 'retention'), event.stream.id, { shared: false });
    if (work.kind === 'held') throw new RetryLater(busyDelayMs, `${work.by.holder} cleans ${project} up`);
    try {
      await this.attempt(event, project, AbortSignal.any([signal, work.lease.signal]));
    } finally {
      await work.lease.release();
    }
  }

  private async attempt(event: DeliveredEvent, project: string, signal: AbortSignal): Promise<void> {
    const maxAttempts = this.config.runs.max_attempts;
    const state = await this.runs.record(event, { type: 'StartCleanup', runner: this.instance, maxAttempts });
    if (state.status !== 'running') return;
    try {
      const result = await this.cleanUp(event, project, signal);
      await this.runs.record(event, { type: 'EndCleanup', ...result });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EventStoreError) throw error;
      this.logger.error({ err: error, project }, 'a clean-up could not be done');
      await this.runs.record(event, { type: 'FailCleanup', ...this.runs.failure(error) });
    }
  }

  private async cleanUp(event: DeliveredEvent, project: string, signal: AbortSignal): Promise<CleanupResult> {
    if (!this.config.projects[project]) throw new ProjectNotConfigured(project);
    const tables = await this.tables.caughtUp(await this.store.head(), signal);
    const backups = await tables.queries.keptBackups(project);
    const { config, store, leases, clock, ids, storages, logger } = this;
    const deps = { config, store, leases, clock, ids, storages, logger, runs: this.backups, source: 'retention' };
    return cleanUpProject(deps, { cause: event, project, backups, signal });
  }
}

/** Of a project that has left the configuration, nothing says what may go. */
class ProjectNotConfigured extends Error {
  readonly code = 'PROJECT_NOT_CONFIGURED';
  readonly retryable = false;
  readonly remedy = 'Nothing of it is moved or deleted. Put it back into havun.yaml to have it cleaned up.';
  constructor(project: string) {
    super(`"${project}" is not in the configuration, so that its backups are kept as they are`);
    this.name = 'ProjectNotConfigured';
  }
}
