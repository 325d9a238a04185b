import { describe, expect, it } from '@jest/globals';
import { backupsToCome, medianSize } from './simulated-history.js';
import { priceOf, simulate } from './simulate.js';
import { assertSameAsDayByDay, backupPolicy } from './testing/day-by-day.js';
import { aContext, daily, kept, project, timezone } from './testing/kept.js';

const context = (now: string, until: string) => ({ ...aContext(now), until });

describe('a simulation', () => {
  it('comes to the same as a plan of every backup on every day', () => {
    assertSameAsDayByDay(8);
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
    expect([...made].map(({ name, size }) => `${name} ${size}`)).toEqual([
      `2025-01-01-03-00-00-${project} 55`,
      `2026-01-01-03-00-00-${project} 60`,
    ]);
  });
});
