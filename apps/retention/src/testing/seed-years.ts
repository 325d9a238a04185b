import { lastSlot, nextSlot, placeOfPath, timeInName } from '@havun/domain';
import type { CleanupService } from '../cleanup/cleanup.service.js';
import type { AddedBackup, RetentionWorld } from './retention-world.js';

export const timezone = 'Europe/Amsterdam';

/** The four projects of the original plan: when they are backed up, and what becomes of that. */
export const seedProjects = {
  havunadmin: {
    schedule: '0 3 * * *',
    retention: { hot_retention_days: 30, archive_retention_years: 7, auto_cleanup_archive: false },
    compliance: { required: true, type: 'belastingdienst' },
  },
  herdenkingsportaal: {
    schedule: '0 4 * * *',
    retention: { hot_retention_days: 30, archive_retention_years: 7, auto_cleanup_archive: false },
    compliance: { required: true, type: 'gdpr' },
  },
  havuncore: {
    schedule: '0 5 * * 0',
    retention: { hot_retention_days: 90, archive_retention_years: 3, auto_cleanup_archive: true },
    compliance: { required: false },
  },
  'havun-mcp': {
    schedule: '0 6 * * 0',
    retention: { hot_retention_days: 30, archive_retention_years: 1, auto_cleanup_archive: true },
    compliance: { required: false },
  },
} as const;

export type SeedProject = keyof typeof seedProjects;
export const seedNames = Object.keys(seedProjects) as SeedProject[];

const cleanupCron = '0 7 * * *';
const coolingOffDays = 14;

/** Local days between two dates `YYYY-MM-DD`. */
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;
const plusYears = (date: string, years: number): string => {
  const moved = new Date(`${Number(date.slice(0, 4)) + years}${date.slice(4)}T00:00:00Z`);
  return moved.toISOString().slice(0, 10); // 29 February of another year is 1 March
};
const plusDays = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
const localDay = (instant: Date): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' }).format(instant);

export interface YearsOptions {
  readonly world: RetentionWorld;
  readonly from: string;
  /** Whether the projects are cleaned up on this local day, `YYYY-MM-DD`. */
  readonly isCleanedUp: (day: string) => boolean;
  /** Whether the projects that are backed up every day are so on this one. */
  readonly isBackedUp: (day: string) => boolean;
}

/** Years of backups and clean-ups, day by day, with the clock of the world. */
export class SeedYears {
  readonly made = new Map<SeedProject, AddedBackup[]>(seedNames.map((project) => [project, []]));
  /** The local days of the clean-ups. */
  private readonly cleanups: string[] = [];
  private readonly service: CleanupService;
  private slot: Date;

  constructor(private readonly options: YearsOptions) {
    this.service = options.world.service();
    this.slot = lastSlot({ cron: cleanupCron, timezone }, new Date(options.from))!;
  }

  /** Goes on until the first clean-up after the last day of a local year. */
  async through(year: number): Promise<void> {
    const { world, isCleanedUp } = this.options;
    for (;;) {
      const before = this.slot;
      this.slot = nextSlot({ cron: cleanupCron, timezone }, before)!;
      for (const project of seedNames) await this.backUp(project, before);
      const day = localDay(this.slot);
      const isLast = Number(day.slice(0, 4)) > year;
      if (!isCleanedUp(day) && !isLast) continue;
      world.now = new Date(this.slot.getTime() + 1_000);
      this.cleanups.push(day);
      await Promise.all(seedNames.map((project) => this.cleanUp(project, day)));
      if (isLast) return;
    }
  }

  private async cleanUp(project: SeedProject, day: string): Promise<void> {
    const result = await this.options.world.cleanUp(project, this.service);
    if (result.failed.length + result.refused.length > 0) throw new Error(JSON.stringify({ day, project, result }));
  }

  private async backUp(project: SeedProject, before: Date): Promise<void> {
    const { schedule } = seedProjects[project];
    const slot = nextSlot({ cron: schedule, timezone }, before);
    if (!slot || slot > this.slot) return;
    const isDaily = schedule.endsWith('* * *');
    if (!isDaily || this.options.isBackedUp(localDay(slot)))
      this.made.get(project)!.push(await this.options.world.add(project, slot.toISOString()));
  }

  /** What the policy of the plan leaves after the last clean-up, worked out for each backup from its date alone. */
  expected(project: SeedProject): { local: string[]; hetzner: string[] } {
    const {
      hot_retention_days: hotDays,
      archive_retention_years: years,
      auto_cleanup_archive,
    } = seedProjects[project].retention;
    const [local, hetzner]: [string[], string[]] = [[], []];
    for (const { name, hot, archived } of this.made.get(project)!) {
      const date = timeInName(name)!.slice(0, 10);
      const leftHot = this.cleanups.some((day) => daysBetween(date, day) >= hotDays);
      if (!leftHot) local.push(hot, `${hot}.sha256`);
      const proposed = this.cleanups.find((day) => day >= plusYears(date, years));
      const isGone =
        auto_cleanup_archive &&
        proposed !== undefined &&
        this.cleanups.some((day) => day > plusDays(proposed, coolingOffDays));
      const path = leftHot ? archived : hot;
      if (!isGone) hetzner.push(path, `${path}.sha256`);
    }
    return { local: local.sort(), hetzner: hetzner.sort() };
  }
}

export const tierOf = (path: string): string | undefined => placeOfPath(path.replace(/\.sha256$/, ''))?.tier;
