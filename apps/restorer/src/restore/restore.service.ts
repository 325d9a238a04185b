import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import {
  isRestoreEnded,
  type Clock,
  type DeliveredEvent,
  type RestoreEventData,
  type RestoreState,
} from '@havun/domain';
import { Refused } from '@havun/restore';
import type { EventStore } from '@havun/event-store';
import {
  CLOCK,
  CONFIG,
  EVENT_STORE,
  INSTANCE,
  LOGGER,
  RESTORE_RUNS,
  type Logger,
  ScratchFolder,
} from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { lookAhead, reasonsAgainst, RestoreRuns, withPresentCopies } from '@havun/use-cases';
import { Preparation } from './preparation.js';
import { holdUp, isOfTheLog } from './hold-up.js';
import { JournalMissing, RestoreFolder } from './restore-folder.js';
import { RestoreLeases } from './restore-leases.js';
import { SafetyBackups } from './safety-backup.js';
import { Switch, type SwitchOutcome } from './switch.js';

type Requested = Extract<RestoreState, { status: 'requested' }>;
type Running = Extract<RestoreState, { status: 'running' }>;
type PastWork = Exclude<RestoreState, { status: 'unknown' | 'requested' | 'running' }>;
type Stage = RestoreEventData<'RestoreFailed'>['stage'];

/** Runs a requested restore: safety backup, preparation beside the target, switch. */
@Injectable()
export class RestoreService {
  constructor(
    @Inject(RESTORE_RUNS) private readonly runs: RestoreRuns,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(INSTANCE) private readonly instance: string,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly storages: Storages,
    private readonly scratch: ScratchFolder,
    private readonly leases: RestoreLeases,
    private readonly safetyBackups: SafetyBackups,
    private readonly preparation: Preparation,
    private readonly switching: Switch,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async run(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const state = await this.runs.load(event.stream);
    if (state.status === 'unknown') return;
    if (state.status !== 'requested' && state.status !== 'running') return this.tidyUp(event, state);
    const { project, target } = state.request;
    await this.leases.alone(event.stream.id, signal, async (ours) => {
      if (state.status === 'requested') {
        if (await this.isRefused(event, state, ours)) return;
        if (!(await this.isSafe(event, state))) return;
      }
      if (target.kind !== 'production') return this.attempt(event, ours);
      await this.leases.holding(project, event.stream.id, ours, (held) => this.attempt(event, held));
      await this.leases.free(project, event.stream.id);
    });
  }

  /** The message came again after the end: the process that recorded the end may have died before it cleaned up. */
  private async tidyUp(event: DeliveredEvent, state: PastWork): Promise<void> {
    const folder = new RestoreFolder(this.config.data_dir, event.stream.id);
    if (state.status === 'failed' && state.failure.target === 'untouched') {
      await this.preparation.discard(event, state.request, folder);
    }
    if (state.request.target.kind === 'production' && isRestoreEnded(state))
      await this.leases.free(state.request.project, event.stream.id);
  }

  /** A failure that can be foreseen ends the restore before a backup is made or anything is fetched. Checked once. */
  private async isRefused(
    event: DeliveredEvent,
    { request, safetyBackup }: Requested,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (safetyBackup || (request.safetyBackup && (await this.safetyBackups.isAskedFor(event.stream)))) return false;
    const [now, scratch] = [this.clock.now(), this.scratch.path];
    const { config, storages } = this;
    const backup = await withPresentCopies(this.store, event.stream.host, request.backup);
    const outlook = await lookAhead({ ...request, backup, config, storages, now, countRows: false, scratch, signal });
    const [first, ...others] = reasonsAgainst(outlook);
    if (!first) return false;
    const { code, message, remedy } = this.runs.failure(new Refused([first, ...others]));
    this.logger.error({ restore: request.name, code }, 'the restore was refused before anything was made');
    await this.runs.record(event, {
      type: 'FailRestore',
      stage: 'request',
      code,
      message,
      remedy,
    });
    return true;
  }

  /** Whether the present state is backed up, or need not be. If it can't be, the restore has failed. */
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
      // Every attempt has died, and the last one could not clean up after itself.
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

  /** @returns the state once the switch may begin; undefined where the restore has ended, successfully or not */
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
      // Stopped, or without its log: not failed. The message is delivered again, and the attempt repeated.
      signal.throwIfAborted();
      if (isOfTheLog(error)) throw error;
      const reached = await this.runs.load(event.stream);
      if (reached.status === 'running' && reached.switching) {
        this.logger.warn({ err: error, restore: state.request.name }, 'it is prepared, but not tidied up behind');
        return reached;
      }
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
    const outcome = await this.switchOrHoldUp(event, state, folder, signal);
    if (outcome.kind === 'switched') {
      const { status } = await this.runs.record(event, {
        type: 'CompleteRestore',
        storage: state.fetched?.storage ?? '',
        kept: outcome.kept,
        warnings: outcome.warnings,
      });
      // Somebody requested the undo meanwhile, which works from the folder.
      if (status === 'undoing') return;
      if (outcome.kept.paths + outcome.kept.databases.length === 0) await folder.remove();
      return;
    }
    const { status } = await this.runs.record(event, {
      type: 'FailRestore',
      stage: 'switch',
      takenBack: true,
      ...outcome.failure,
    });
    if (status !== 'undoing') await folder.remove();
  }

  /** A switch that has begun is not given up: the cause may go away. @throws RetryLater until then */
  private async switchOrHoldUp(
    event: DeliveredEvent,
    state: Running,
    folder: RestoreFolder,
    signal: AbortSignal,
  ): Promise<SwitchOutcome> {
    try {
      return await this.switching.run(state, folder, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isOfTheLog(error) || error instanceof JournalMissing) throw error;
      const step = (await folder.takingBack()) ? 'take-back' : 'complete';
      const { runs, clock, logger } = this;
      throw await holdUp({ runs, clock, logger }, event, { step, error });
    }
  }
}
