import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import type { DeliveredEvent, RestoreEventData, RestoreState } from '@havun/domain';
import { EventStoreError, RevisionConflict } from '@havun/event-store';
import { CONFIG, INSTANCE, LOGGER, RESTORE_RUNS, type Logger } from '@havun/service-kit';
import { RestoreRuns } from '@havun/use-cases';
import { Preparation } from './preparation.js';
import { RestoreFolder } from './restore-folder.js';
import { RestoreLeases } from './restore-leases.js';
import { SafetyBackups } from './safety-backup.js';
import { Switch } from './switch.js';

type Requested = Extract<RestoreState, { status: 'requested' }>;
type Running = Extract<RestoreState, { status: 'running' }>;
type Ended = Exclude<RestoreState, { status: 'unknown' | 'requested' | 'running' }>;
type Stage = RestoreEventData<'RestoreFailed'>['stage'];

/** Turns a requested restore into a restored target: safety backup, preparation beside the target, switch. */
@Injectable()
export class RestoreService {
  constructor(
    @Inject(RESTORE_RUNS) private readonly runs: RestoreRuns,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(INSTANCE) private readonly instance: string,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly leases: RestoreLeases,
    private readonly safetyBackups: SafetyBackups,
    private readonly preparation: Preparation,
    private readonly switching: Switch,
  ) {}

  async run(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    if (state.status === 'unknown') return;
    if (state.status !== 'requested' && state.status !== 'running') return this.tidyUp(event, state);
    const { project, target } = state.request;
    await this.leases.alone(event.stream.id, signal, async (ours) => {
      if (state.status === 'requested' && !(await this.isSafe(event, state))) return;
      if (target.kind !== 'production') return this.attempt(event, ours);
      await this.leases.holding(project, event.stream.id, ours, (held) => this.attempt(event, held));
      await this.leases.free(project, event.stream.id);
    });
  }

  /** A message that comes again after the end: the process that recorded it may have died before it had cleaned up. */
  private async tidyUp(event: DeliveredEvent, state: Ended): Promise<void> {
    const folder = new RestoreFolder(this.config.data_dir, event.stream.id);
    if (state.status === 'failed' && state.failure.target === 'untouched') {
      await this.preparation.discard(event, state.request, folder);
    }
    if (state.request.target.kind === 'production') await this.leases.free(state.request.project, event.stream.id);
  }

  /** Whether the present state is backed up, or need not be. Where it can't be, the restore has failed. */
  private async isSafe(event: DeliveredEvent, state: Requested): Promise<boolean> {
    if (!state.request.safetyBackup || state.safetyBackup) return true;
    const safety = await this.safetyBackups.of(event.stream, state);
    if (safety.kind === 'made') {
      await this.runs.record(event, { type: 'RecordSafetyBackup', ...safety.backup });
      return true;
    }
    await this.runs.record(event, {
      type: 'FailRestore',
      stage: 'safety-backup',
      ...safety.failure,
    });
    return false;
  }

  private async attempt(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const folder = new RestoreFolder(this.config.data_dir, event.stream.id);
    const state = await this.runs.record(event, {
      type: 'StartRestore',
      runner: this.instance,
      maxAttempts: this.config.runs.max_attempts,
    });
    if (state.status !== 'running') {
      // Every attempt has died: the last one could not clean up after itself.
      if (state.status === 'failed') await this.preparation.discard(event, state.request, folder);
      return;
    }
    if (state.switching) {
      this.logger.warn(
        { restore: state.request.name },
        'an earlier attempt ended in the middle of the switch: going on',
      );
      return this.switch(event, state, folder, signal);
    }
    const prepared = await this.prepare(event, state, folder, signal);
    if (prepared) await this.switch(event, prepared, folder, signal);
  }

  /** @returns the state once the switch may begin; undefined where the restore has ended, well or badly */
  private async prepare(
    event: DeliveredEvent,
    state: Running,
    folder: RestoreFolder,
    signal: AbortSignal,
  ): Promise<Running | undefined> {
    let stage: Stage = 'fetch';
    try {
      const ready = await this.preparation.run(event, state, folder, {
        signal,
        onStage: (next) => (stage = next),
      });
      return ready.status === 'running' ? ready : undefined;
    } catch (error) {
      // Stopped, or without its log: not failed. The message comes back, and the attempt is made again.
      signal.throwIfAborted();
      if (error instanceof EventStoreError || error instanceof RevisionConflict) throw error;
      this.logger.error({ err: error, restore: state.request.name, stage }, 'the restore could not be prepared');
      await this.preparation.discard(event, state.request, folder);
      await this.runs.record(event, { type: 'FailRestore', stage, ...this.runs.failure(error) });
      return undefined;
    }
  }

  private async switch(
    event: DeliveredEvent,
    state: Running,
    folder: RestoreFolder,
    signal: AbortSignal,
  ): Promise<void> {
    const outcome = await this.switching.run(state, folder, signal);
    if (outcome.kind === 'switched') {
      await this.runs.record(event, {
        type: 'CompleteRestore',
        storage: state.fetched?.storage ?? '',
        kept: outcome.kept,
        warnings: outcome.warnings,
      });
      if (outcome.kept.paths + outcome.kept.databases.length === 0) await folder.remove();
      return;
    }
    await this.runs.record(event, {
      type: 'FailRestore',
      stage: 'switch',
      takenBack: true,
      ...outcome.failure,
    });
    await folder.remove();
  }
}
