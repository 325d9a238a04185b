import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aPolicy } from '../testing/events.js';
import type { KeptBackup } from './kept-backup.js';
import { localCalendar } from './local-calendar.js';
import { planRetention } from './plan.js';
import type { RetentionPolicy } from './policy.js';
import { see } from './seen.js';
import { backupsToCome, medianSize, type SimulatedProject } from './simulated-history.js';
import { priceOf, simulate } from './simulate.js';
import { arbitraryBackups, arbitraryPolicy, base } from './testing/arbitrary.js';
import { aContext, daily, done, kept, project, timezone } from './testing/kept.js';

const dayMs = 86_400_000;
const calendar = localCalendar(timezone);
const backupPolicy = aPolicy({ complianceRequired: false, canAutoDelete: true });
const context = (now: string, until: string) => ({ ...aContext(now), until });

/** The same as the simulation, the long way: every backup is planned every day. */
function dayByDay(of: SimulatedProject, policy: RetentionPolicy, now: string, days: number): string[] {
  const until = Date.parse(now) + days * dayMs;
  const toCome = backupsToCome(of, Date.parse(now), until);
  let backups: KeptBackup[] = [...of.backups];
  for (let day = calendar.dayOf(Date.parse(now)); day <= calendar.dayOf(until - 1); day++) {
    const cleanup = calendar.instantOf(day, 420);
    while (toCome[0] && Date.parse(toCome[0].date) < cleanup) backups.push(...toCome.splice(0, 1));
    if (cleanup < Date.parse(now) || cleanup >= until) continue;
    const at = new Date(cleanup).toISOString();
    backups = done(planRetention(backups, policy, aContext(at)), at);
  }
  return [...backups, ...toCome]
    .filter((one) => see(one, calendar, until).copies.length > 0)
    .map(({ name }) => name)
    .sort();
}

describe('a simulation', () => {
  it('comes to the same as a plan of every backup on every day', () => {
    const cases = fc.record({
      backups: arbitraryBackups,
      policy: arbitraryPolicy,
      days: fc.integer({ min: 1, max: 120 }),
    });
    fc.assert(
      fc.property(cases, ({ backups, policy, days }) => {
        const past = backups.filter(({ date }) => Date.parse(date) <= base);
        const of = { project, backups: past, schedule: { cron: '0 3 * * 2,5', timezone }, backupPolicy };
        const now = new Date(base - 3_600_000).toISOString();
        const until = new Date(Date.parse(now) + days * dayMs).toISOString();
        expect([...simulate(of, policy, context(now, until)).left].sort()).toEqual(dayByDay(of, policy, now, days));
      }),
      { numRuns: 25 },
    );
  });

  it('tells what was made, moved and deleted in each month, and what lies where at its end', () => {
    const of = { project, backups: [], schedule: { cron: '0 3 * * *', timezone }, backupPolicy, sizeBytes: 1000 };
    const policy = { hotDays: 30, archiveYears: 1, autoCleanupArchive: true, complianceRequired: false };
    const { months, left } = simulate(of, policy, context('2023-12-31T23:00:00.000Z', '2025-12-31T23:00:00.000Z'));
    expect(months).toHaveLength(24);
    expect(months[1]).toEqual({
      month: '2024-02',
      ...{ made: 29, moved: 29, hotCopiesDeleted: 29, proposed: 0, deleted: 0, hot: 30, archived: 30 },
      stored: [
        { storage: 'local', tier: 'hot', bytes: 30_000 },
        { storage: 'hetzner', tier: 'hot', bytes: 30_000 },
        { storage: 'hetzner', tier: 'archive', bytes: 30_000 },
      ],
    });
    expect(months.at(-1)).toMatchObject({ month: '2025-12', made: 31, moved: 31, hot: 30, archived: 350 });
    expect(left).toHaveLength(380);
    expect(priceOf(months[1]!, 4e9)).toBeCloseTo(240);
  });

  it('takes the median size of the last runs, and lets it grow', () => {
    const sizes = [1, 1, 1, 1, 1, 50, 50, 50, 50, 50, 60, 60, 60, 900];
    const backups = daily('2024-01-14T02:00:00.000Z', sizes.length).map((date, index) =>
      kept(date, { size: sizes[index] ?? 0 }),
    );
    expect(medianSize(backups)).toBe(50);
    const of = { project, backups, schedule: { cron: '0 3 1 1 *', timezone }, backupPolicy, growthPerYear: 0.1 };
    const made = backupsToCome(of, Date.parse('2024-01-15T02:00:00.000Z'), Date.parse('2026-01-15T02:00:00.000Z'));
    expect(made.map(({ name, state }) => `${name} ${state.archived?.archive.size}`)).toEqual([
      `2025-01-01-03-00-00-${project} 55`,
      `2026-01-01-03-00-00-${project} 60`,
    ]);
  });
});
