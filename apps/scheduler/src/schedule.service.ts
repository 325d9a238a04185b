import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { missedSlot, nextSlot, slotBackupId, type Clock, type Ids } from '@havun/domain';
import { type EventStore } from '@havun/event-store';
import { Leases } from '@havun/coordination';
import { CLOCK, CONFIG, EVENT_STORE, IDS, LEASES, LOGGER, type Logger } from '@havun/service-kit';
import { inLanes, requestBackup, sumEarlierNames } from '@havun/use-cases';
import { CleanupSchedule } from './cleanup-schedule.js';
import { DrillSchedule } from './drill-schedule.js';
import { ReconcileSchedule } from './reconcile-schedule.js';

/** The longest sleep: the clock may jump, and slots may move with it. */
const longestSleepMs = 30_000;
/** The number of projects that are requested at once. The log appends their events one after the other. */
const projectsAtOnce = 8;
/** How long a stop waits for requests under way. */
const lastRequestsMs = 2_000;

/**
 * Turns cron slots into requests. It remembers nothing that matters: the id of a backup comes from its slot. So a restart, a second
 * scheduler or a clock that jumps back requests the same backup again, which changes nothing (D7).
 */
@Injectable()
export class ScheduleService implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private readonly stopped = new AbortController();
  private summed = false;
  /** The slot that was requested last, by project. It only saves repeated requests. */
  private readonly asked = new Map<string, number>();

  constructor(
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly drills: DrillSchedule,
    private readonly reconciliations: ReconcileSchedule,
    private readonly cleanups: CleanupSchedule,
  ) {}

  onApplicationBootstrap(): void {
    this.wake();
  }

  /**
   * Ends the present round after the requests under way, which get a moment. One that is cut off is requested by the next round,
   * under the same id.
   */
  async onModuleDestroy(): Promise<void> {
    this.stopped.abort();
    clearTimeout(this.timer);
    await Promise.race([this.round, sleep(lastRequestsMs, undefined, { ref: false })]);
  }

  private wake(): void {
    this.round = this.requestWhatIsDue().finally(() => {
      if (!this.stopped.signal.aborted)
        this.timer = setTimeout(() => {
          this.wake();
        }, this.untilNextSlot());
    });
  }

  private async requestWhatIsDue(): Promise<void> {
    await this.sumEarlierNames();
    await this.requestDueSlots();
    await this.cleanups.requestDueCleanups(this.stopped.signal);
    await this.drills.requestDueDrills(this.stopped.signal);
    await this.reconciliations.requestDue(this.stopped.signal);
  }

  /** Requests the last slot of every project, if it lies inside the catch-up window. */
  async requestDueSlots(): Promise<void> {
    const now = this.clock.now();
    const due = this.schedules().flatMap(([project, { cron, timezone }]) => {
      const slot = missedSlot({ cron, timezone }, now, this.config.scheduler.catch_up_hours * 3_600_000);
      return !slot || this.asked.get(project) === slot.getTime() ? [] : [{ project, slot }];
    });
    for await (const _ of inLanes(due, projectsAtOnce, (each) => this.requestDue(each)));
  }

  private async requestDue({ project, slot }: { project: string; slot: Date }): Promise<void> {
    if (this.stopped.signal.aborted) return;
    try {
      await this.request(project, slot);
      this.asked.set(project, slot.getTime());
    } catch (error) {
      this.logger.error({ err: error, project, slot }, 'a backup is due and could not be requested; trying again');
    }
  }

  /** Otherwise each project's first request would have to do it. */
  private async sumEarlierNames(): Promise<void> {
    if (this.summed || this.stopped.signal.aborted) return;
    const { config, store, clock, ids } = this;
    try {
      const projects = await sumEarlierNames(
        { store, config },
        { clock, ids, source: 'scheduler', correlationId: ids.uuid() },
      );
      this.summed = true;
      if (projects.length > 0) this.logger.info({ projects }, 'the names that release 0.1 has given are summed');
    } catch (error) {
      this.logger.error({ err: error }, 'the names that release 0.1 has given could not be summed; trying again');
    }
  }

  private async request(project: string, slot: Date): Promise<void> {
    const { config, store, leases, clock, ids } = this;
    const outcome = await requestBackup(
      { config, store, leases, clock, ids, source: 'scheduler' },
      { project, backupId: slotBackupId(project, slot), trigger: 'schedule', slot },
    );
    if (outcome.kind === 'requested' && outcome.isNew) {
      this.logger.info({ project, slot, backup: outcome.name }, 'backup requested');
    }
  }

  private untilNextSlot(): number {
    const now = this.clock.now();
    const { timezone, retention } = this.config;
    const ofRetention = [retention.schedule, retention.reconcile_schedule].map((cron) => ({ cron, timezone }));
    const schedules = [...this.schedules().map(([, schedule]) => schedule), ...ofRetention];
    const waits = schedules.map((schedule) => (nextSlot(schedule, now)?.getTime() ?? Infinity) - now.getTime());
    return Math.max(0, Math.min(longestSleepMs, ...waits));
  }

  private schedules(): [string, { cron: string; timezone: string }][] {
    const { timezone, projects } = this.config;
    return Object.entries(projects).flatMap(([name, { enabled, schedule }]) =>
      enabled && schedule !== undefined ? [[name, { cron: schedule, timezone }]] : [],
    );
  }
}
