import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { missedSlot, slotReconciliationId, type Clock, type Ids } from '@havun/domain';
import { type EventStore } from '@havun/event-store';
import { CLOCK, CONFIG, EVENT_STORE, IDS, LOGGER, type Logger } from '@havun/service-kit';
import { requestReconciliation } from '@havun/use-cases';

/** Asks for the comparison of the storages with the log, on every machine that has projects. The slot gives it its id (D7). */
@Injectable()
export class ReconcileSchedule {
  /** The last slot asked for, by host: saves asking for it again at every round, and no more than that. */
  private readonly asked = new Map<string, number>();

  constructor(
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Asks for the last slot that lies inside the catch-up window. @param signal ends it between two machines */
  async requestDue(signal?: AbortSignal): Promise<void> {
    const { config, clock } = this;
    const schedule = { cron: config.retention.reconcile_schedule, timezone: config.timezone };
    const slot = missedSlot(schedule, clock.now(), config.scheduler.catch_up_hours * 3_600_000);
    if (!slot) return;
    for (const host of this.hosts()) {
      if (signal?.aborted) return;
      if (this.asked.get(host) === slot.getTime()) continue;
      try {
        await this.request(host, slot);
        this.asked.set(host, slot.getTime());
      } catch (error) {
        this.logger.error({ err: error, host, slot }, 'a comparison is due and could not be requested; trying again');
      }
    }
  }

  private async request(host: string, slot: Date): Promise<void> {
    const { config, store, clock, ids } = this;
    const { isNew } = await requestReconciliation(
      { config, store, clock, ids, source: 'scheduler' },
      {
        id: slotReconciliationId(host, slot),
        host,
        trigger: 'schedule',
        slot: slot.toISOString(),
        requestedBy: 'scheduler',
        repair: false,
      },
    );
    if (isNew) this.logger.info({ host, slot }, 'comparison of the storages requested');
  }

  private hosts(): Set<string> {
    return new Set([this.config.host, ...Object.values(this.config.projects).map(({ host }) => host)]);
  }
}
