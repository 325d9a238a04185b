import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { isDrillEnded, type Clock, type DrillState, type DeliveredEvent, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { Leases, ProgressPublisher, workLeaseKey } from '@havun/coordination';
import { RetryLater } from '@havun/messaging';
import {
  CLOCK,
  CONFIG,
  DRILL_RUNS,
  EVENT_STORE,
  INSTANCE,
  LEASES,
  LOGGER,
  PROGRESS,
  type Logger,
  ScratchFolder,
} from '@havun/service-kit';
import { DrillRuns, findBackup, usingBackup, withPresentCopies } from '@havun/use-cases';
import { Storages } from '@havun/storage';
import { drillsWithFolder, removeLeftDrill } from './drill-folder.js';
import { runDrill, type DrillJob, type DrillOutcome } from './drill.js';
import { writeReport } from './report-file.js';
import { withoutBackup } from './step-log.js';

type Running = Extract<DrillState, { status: 'running' }>;

/** The delay of a message while another process holds what it needs, in milliseconds. */
const busyDelayMs = 2_000;

/** Runs a requested drill to its result, with a report. Does not even lock production. */
@Injectable()
export class DrillService {
  constructor(
    @Inject(DRILL_RUNS) private readonly runs: DrillRuns,
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
    if (isDrillEnded(await this.runs.load(event.stream))) return;
    const work = await this.leases.acquire(workLeaseKey(event.stream.id, 'drill'), this.instance, { shared: false });
    if (work.kind === 'held') throw new RetryLater(busyDelayMs, `${work.by.holder} is at work on this drill`);
    try {
      await this.attempt(event, AbortSignal.any([signal, work.lease.signal]));
    } finally {
      await work.lease.release();
    }
  }

  private async attempt(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.record(event, {
      type: 'StartDrill',
      runner: this.instance,
      maxAttempts: this.config.runs.max_attempts,
    });
    await this.removeLeft(event.stream);
    if (state.status !== 'running') return;
    const outcome = await this.drill(event.stream, state, signal);
    const report = await this.report(outcome);
    await this.runs.record(event, {
      type: 'EndDrill',
      ...outcome,
      result: { ...outcome.result, ...(report !== undefined && { report }) },
    });
  }

  private async drill(stream: StreamId, { request }: Running, signal: AbortSignal): Promise<DrillOutcome> {
    const { project, quarter } = request;
    const { config, store, leases } = this;
    const choice = await findBackup({ store, config }, project, { kind: 'latest' });
    if (choice.kind === 'none') {
      const steps = withoutBackup(choice.refusal);
      return { result: { project, quarter, steps, recoveryMs: 0 }, failure: choice.refusal };
    }
    return usingBackup(leases, choice.backup.id, async (ours) => {
      const backup = await withPresentCopies(store, stream.host, choice.backup);
      return this.drillWith(stream, { project, quarter, backup }, AbortSignal.any([signal, ours]));
    });
  }

  private drillWith(
    stream: StreamId,
    { project, quarter, backup }: Pick<DrillJob, 'project' | 'quarter' | 'backup'>,
    signal: AbortSignal,
  ): Promise<DrillOutcome> {
    const { config, storages, clock } = this;
    return runDrill({
      drillId: stream.id,
      project,
      quarter,
      backup,
      config,
      storages,
      scratch: this.scratch.path,
      clock,
      failure: (error) => this.runs.failure(error),
      signal,
      onProgress: (progress) => {
        this.progress.report({ runId: stream.id, host: stream.host, project, ...progress });
      },
      onTrouble: (error, message) => {
        this.logger.error({ err: error, drill: stream.id, project }, message);
      },
    });
  }

  /** A drill whose report can't be written is still valid: its steps are in the event. */
  private async report(outcome: DrillOutcome): Promise<string | undefined> {
    try {
      const at = this.clock.now().toISOString();
      return await writeReport(this.config.storage.local.path, { at, ...outcome });
    } catch (error) {
      this.logger.error({ err: error, project: outcome.result.project }, 'the report of a drill could not be written');
      return undefined;
    }
  }

  /** Drills that were killed in their last attempt could not clean up after themselves. */
  private async removeLeft({ host }: StreamId): Promise<void> {
    for (const id of await drillsWithFolder(this.config)) {
      try {
        const state = await this.runs.load({ host, category: 'drill', id });
        if (!isDrillEnded(state) && state.status !== 'unknown') continue;
        await removeLeftDrill(this.config, id, this.scratch.path);
      } catch (error) {
        this.logger.warn({ err: error, drill: id }, 'what an earlier drill has left could not be removed');
      }
    }
  }
}
