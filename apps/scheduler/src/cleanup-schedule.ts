import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { missedSlot, type Clock, type Ids } from '@havun/domain';
import { type EventStore } from '@havun/event-store';
import { CLOCK, CONFIG, EVENT_STORE, IDS, LOGGER, type Logger } from '@havun/service-kit';
import { requestCleanup } from '@havun/use-cases';

/** The clean-up of every enabled project, where the last slot lies inside the catch-up window (D7). */
export function dueCleanups(config: HavunConfig, now: Date): { project: string; slot: Date }[] {
  const { retention, scheduler, timezone, projects } = config;
  if (!retention.enabled) return [];
  const slot = missedSlot({ cron: retention.schedule, timezone }, now, scheduler.catch_up_hours * 3_600_000);
  if (!slot) return [];
  return Object.entries(projects).flatMap(([project, { enabled }]) => (enabled ? [{ project, slot }] : []));
}

/** Asks for the clean-ups. The slot gives each its id, so that asking again changes nothing. */
@Injectable()
export class CleanupSchedule {
  /** The slot asked for last, by project: saves asking for it again at every round, and no more than that. */
  private readonly asked = new Map<string, number>();

  constructor(
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param signal ends it between two clean-ups */
  async requestDueCleanups(signal?: AbortSignal): Promise<void> {
    const { config, store, clock, ids } = this;
    for (const { project, slot } of dueCleanups(config, clock.now())) {
      if (signal?.aborted) return;
      if (this.asked.get(project) === slot.getTime()) continue;
      try {
        const request = { project, trigger: 'schedule', slot, requestedBy: 'scheduler' } as const;
        const { isNew } = await requestCleanup({ config, store, clock, ids, source: 'scheduler' }, request);
        this.asked.set(project, slot.getTime());
        if (isNew) this.logger.info({ project, slot }, 'clean-up requested');
      } catch (error) {
        this.logger.error({ err: error, project, slot }, 'a clean-up is due and could not be requested; trying again');
      }
    }
  }
}
