import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import type { Clock, DeliveredEvent, RestoreState } from '@havun/domain';
import { CLOCK, CONFIG, LOGGER, RESTORE_RUNS, type Logger } from '@havun/service-kit';
import { RestoreRuns } from '@havun/use-cases';
import { holdUp, isOfTheLog } from './hold-up.js';
import { JournalMissing, RestoreFolder } from './restore-folder.js';
import { RestoreLeases } from './restore-leases.js';
import { Switch } from './switch.js';

type Settling = Extract<RestoreState, { status: 'undoing' | 'confirming' }>;

/** Puts back, or removes for good, what a completed restore has kept. */
@Injectable()
export class SettlementService {
  constructor(
    @Inject(RESTORE_RUNS) private readonly runs: RestoreRuns,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly leases: RestoreLeases,
    private readonly switching: Switch,
  ) {}

  async settle(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const { id } = event.stream;
    await this.leases.alone(id, signal, async (ours) => {
      const state = await this.runs.load(event.stream);
      if (state.status === 'undone' || state.status === 'confirmed') {
        // The message came again after the end: the process that recorded the end may have died before it cleaned up.
        return new RestoreFolder(this.config.data_dir, id).remove();
      }
      if (state.status !== 'undoing' && state.status !== 'confirming') return;
      const { project, name } = state.request;
      const run = { kind: 'restore', id, name, project };
      this.logger.info({ run }, `${name}: the ${state.status === 'undoing' ? 'undo' : 'confirmation'} started`);
      await this.leases.holding(project, id, ours, (held) => this.settleOrFail(event, state, held));
      await this.leases.free(project, id);
    });
  }

  private async settleOrFail(event: DeliveredEvent, state: Settling, signal: AbortSignal): Promise<void> {
    const folder = new RestoreFolder(this.config.data_dir, event.stream.id);
    try {
      await (state.status === 'undoing' ? this.undo(state, folder, signal) : this.confirm(folder));
    } catch (error) {
      signal.throwIfAborted();
      if (isOfTheLog(error)) throw error;
      const { runs, clock, logger } = this;
      if ('unfinished' in state && !(error instanceof JournalMissing)) {
        throw await holdUp({ runs, clock, logger }, event, { step: 'take-back', error });
      }
      this.logger.error({ err: error, restore: state.request.name }, `${state.status} did not succeed`);
      await this.runs.record(event, { type: 'RecordSettlementFailure', ...this.runs.failure(error) });
      return;
    }
    await this.runs.record(event, { type: state.status === 'undoing' ? 'RecordUndo' : 'RecordConfirmation' });
    await folder.remove();
  }

  private async undo({ request }: Settling, folder: RestoreFolder, signal: AbortSignal): Promise<void> {
    if (await folder.isMarked('confirm-begun')) throw new HalfSettled('confirm');
    const plan = await folder.plan();
    await folder.mark('undo-begun');
    try {
      await this.switching.before(request, signal);
      await this.switching.backwards(plan, folder);
    } finally {
      // An aborted undo continues at the next start, which ends the maintenance mode.
      if (!signal.aborted) await this.switching.after(request);
    }
  }

  /** A half-done undo must not be confirmed: that would remove the old data while it is put back. */
  private async confirm(folder: RestoreFolder): Promise<void> {
    if (await folder.isMarked('undo-begun')) throw new HalfSettled('undo');
    const plan = await folder.plan();
    await folder.mark('confirm-begun');
    await this.switching.removeKept(plan, folder);
  }
}

class HalfSettled extends Error {
  readonly code = 'HALF_SETTLED';
  readonly retryable = false;
  readonly remedy: string;
  constructor(begun: 'undo' | 'confirm') {
    super(`The ${begun === 'undo' ? 'undo' : 'confirmation'} of this restore has begun and did not come to its end`);
    this.remedy = `Ask for it again: havun restore:${begun}`;
  }
}
