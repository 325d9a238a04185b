import { describe, expect, it } from '@jest/globals';
import type { SimulatedMonth } from '@havun/domain';
import { policyWords, renderChart, renderYears, totalOf, yearsOf } from './simulation-lines.js';

const month = (name: string, gigabytes: number, changes: Partial<SimulatedMonth> = {}): SimulatedMonth => ({
  month: name,
  ...{ made: 30, moved: 30, hotCopiesDeleted: 30, proposed: 0, deleted: 1, hot: 30, archived: 60 },
  stored: [
    { storage: 'local', tier: 'hot', bytes: 1e9 },
    { storage: 'hetzner', tier: 'hot', bytes: 1e9 },
    { storage: 'hetzner', tier: 'archive', bytes: (gigabytes - 1) * 1e9 },
  ],
  ...changes,
});
const months = [month('2025-11', 100), month('2025-12', 200), month('2026-01', 400, { archived: 90 })];

describe('a simulation', () => {
  it('is told year by year: what is there at its end, what was deleted in it, and its price', () => {
    const years = yearsOf(months, 10);
    expect(renderYears(years, 60)).toBe(
      `
YEAR  HOT  ARCHIVE  DELETED    HERE   OFFSITE  PRICE
2025   30       60        2  1.0 GB  200.0 GB   3.00
2026   30       90        1  1.0 GB  400.0 GB   4.00`.trim(),
    );
    expect(renderYears(yearsOf(months, undefined), 60)).not.toContain('PRICE');
  });

  it('is drawn as bars that fit', () => {
    const chart = renderChart(yearsOf(months, undefined), 60);
    expect(chart).toBe(`2025  ${'█'.repeat(21)} 200.0 GB\n2026  ${'█'.repeat(42)} 400.0 GB`);
    for (const line of chart.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('draws nothing that could look like something where there is nothing', () => {
    const none = yearsOf([month('2025-11', 0, { stored: [] })], 10);
    expect(renderChart(none, 60)).toBe('2025  0 B');
    expect(renderYears(none, 60)).toContain('0.00');
  });

  it('adds projects up, year by year', () => {
    const years = yearsOf(months, 10);
    expect(totalOf([years, years.slice(1)])).toMatchObject([
      { year: '2025', made: 60, offsiteBytes: 200e9, price: 3 },
      { year: '2026', made: 60, archived: 180, offsiteBytes: 800e9, price: 8 },
    ]);
  });

  it('says in words what the policy is', () => {
    expect(policyWords({ autoCleanupArchive: false, complianceRequired: false })).toBe(
      'hot for ever; archive for ever',
    );
    expect(
      policyWords({
        hotDays: 1,
        archiveYears: 3,
        autoCleanupArchive: true,
        complianceRequired: false,
        keep: { daily: 7, monthly: 12 },
      }),
    ).toBe('hot 1 day; archive 3 years; keep 7 daily, 12 monthly');
  });
});
