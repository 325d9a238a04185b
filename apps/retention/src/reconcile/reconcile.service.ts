import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { isReconciliationEnded, type Clock, type DeliveredEvent, type Ids } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { Leases, ProgressPublisher, workLeaseKey } from '@havun/coordination';
import { RetryLater } from '@havun/messaging';
import {
  BACKUP_RUNS,
  CLOCK,
  CONFIG,
  EVENT_STORE,
  IDS,
  INSTANCE,
  LEASES,
  PROGRESS,
  RECONCILIATION_RUNS,
  ScratchFolder,
} from '@havun/service-kit';
import { BackupRuns, ReconciliationRuns } from '@havun/use-cases';
import { Storages } from '@havun/storage';
import { Tables } from '../tables.js';
import { CopyLog } from './copy-log.js';
import { Reconciliation } from './reconciliation.js';

/** How long a message waits while another comparison is at work, in milliseconds. */
const busyDelayMs = 5_000;

/** Compares the storages of this machine with the log, one comparison at a time. */
@Injectable()
export class ReconcileService {
  constructor(
    @Inject(RECONCILIATION_RUNS) private readonly runs: ReconciliationRuns,
    @Inject(BACKUP_RUNS) private readonly backups: BackupRuns,
    private readonly storages: Storages,
    private readonly tables: Tables,
    private readonly scratch: ScratchFolder,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(PROGRESS) private readonly progress: ProgressPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(INSTANCE) private readonly instance: string,
  ) {}

  /** @throws RetryLater while another comparison of this machine is at work */
  async run(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    if (isReconciliationEnded(await this.runs.load(event.stream))) return;
    const key = workLeaseKey(event.stream.host, 'reconcile');
    const work = await this.leases.acquire(key, event.stream.id, { shared: false });
    if (work.kind === 'held') throw new RetryLater(busyDelayMs, `${work.by.holder} compares the storages`);
    try {
      await this.attempt(event, AbortSignal.any([signal, work.lease.signal]));
    } finally {
      await work.lease.release();
    }
  }

  private async attempt(event: DeliveredEvent, signal: AbortSignal): Promise<void> {
    const { runs, backups, storages, scratch, config, store, progress, clock, ids } = this;
    const state = await runs.record(event, {
      type: 'StartReconciliation',
      runner: this.instance,
      maxAttempts: config.runs.max_attempts,
    });
    if (state.status !== 'running') return;
    const position = (await store.last(event.stream))?.position ?? 0;
    const { queries } = await this.tables.caughtUp(position, signal);
    const reconciliation = new Reconciliation({
      event,
      state,
      signal,
      config,
      store,
      storages,
      clock,
      ids,
      progress,
      queries,
      scratch: scratch.path,
      log: new CopyLog(backups, event),
      failure: (error) => runs.failure(error),
      record: (step) => runs.record(event, step),
    });
    await reconciliation.run();
  }
}
