import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { lastSlot, localDate, quarterOf, type Clock, type Ids } from '@havun/domain';
import { type EventStore } from '@havun/event-store';
import { Leases } from '@havun/coordination';
import { CLOCK, CONFIG, EVENT_STORE, IDS, LEASES, LOGGER, type Logger } from '@havun/service-kit';
import { findBackup, requestDrill } from '@havun/use-cases';

interface DueDrill {
  readonly project: string;
  readonly quarter: string;
  readonly slot: Date;
}

/** A project without a backup at its slot may get one from the catalogue, so it is checked again after this long. */
const secondLookMs = 3_600_000;

/** The drill of every project whose slot in the present quarter has passed, however long ago: missed drills are made up for (D7). */
export function dueDrills({ projects, drill, timezone }: HavunConfig, now: Date): DueDrill[] {
  const quarter = quarterOf(now, timezone);
  return Object.entries(projects).flatMap(([project, settings]) => {
    if (!settings.enabled || !(settings.drill.enabled ?? drill.enabled)) return [];
    const slot = lastSlot({ cron: settings.drill.schedule ?? drill.schedule, timezone }, now);
    return slot && quarterOf(slot, timezone) === quarter ? [{ project, quarter, slot }] : [];
  });
}

/** Requests the drills. The id of a drill comes from its quarter, so that a second request changes nothing. */
@Injectable()
export class DrillSchedule {
  /** The quarter that was requested last, by project. It only saves repeated requests. */
  private readonly asked = new Map<string, string>();
  private readonly lookedAt = new Map<string, number>();

  constructor(
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param signal ends it between two drills */
  async requestDueDrills(signal?: AbortSignal): Promise<void> {
    const now = this.clock.now();
    for (const due of dueDrills(this.config, now)) {
      if (signal?.aborted) return;
      const { project, quarter } = due;
      if (this.asked.get(project) === quarter || this.wasLookedAt(project, now)) continue;
      try {
        if (await this.hadBackup(due)) await this.request(due);
        else this.lookedAt.set(project, now.getTime());
      } catch (error) {
        this.logger.error({ err: error, project, quarter }, 'a drill is due and could not be requested; trying again');
      }
    }
  }

  private wasLookedAt(project: string, now: Date): boolean {
    return now.getTime() - (this.lookedAt.get(project) ?? -Infinity) < secondLookMs;
  }

  /** A slot before the first backup does not count as missed. */
  private async hadBackup({ project, slot }: DueDrill): Promise<boolean> {
    const { store, config } = this;
    const date = localDate(slot, config.timezone);
    return (await findBackup({ store, config }, project, { kind: 'date', date })).kind === 'found';
  }

  private async request({ project, quarter }: DueDrill): Promise<void> {
    const { config, store, leases, clock, ids } = this;
    const { isNew } = await requestDrill(
      { config, store, leases, clock, ids, source: 'scheduler' },
      { project, quarter, trigger: 'schedule', requestedBy: 'scheduler' },
    );
    this.asked.set(project, quarter);
    if (isNew) this.logger.info({ project, quarter }, 'drill requested');
  }
}
