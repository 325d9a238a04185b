import { describe, expect, it } from '@jest/globals';
import { countDeletions, isLargeBatch } from './batch.js';
import { policyDifferences, wouldDeleteMore } from './difference.js';
import { planRetention } from './plan.js';
import type { RetentionPolicy } from './policy.js';
import { aContext, archivedOnly, deleting, kept } from './testing/kept.js';

const now = '2026-06-15T05:00:00.000Z';
const backups = [
  archivedOnly('2024-06-01T01:00:00.000Z'),
  archivedOnly('2024-12-01T01:00:00.000Z'),
  archivedOnly('2026-02-01T01:00:00.000Z', { complianceRequired: true }),
  kept('2026-06-10T01:00:00.000Z'),
];
const names = (accepted: RetentionPolicy, proposed: RetentionPolicy, until?: string) =>
  wouldDeleteMore(backups, accepted, proposed, aContext(now), until).names.map((name) => name.slice(0, 10));
const settings = (accepted: RetentionPolicy, proposed: RetentionPolicy) =>
  policyDifferences(accepted, proposed).map(
    ({ setting, accepted: was, proposed: is }) => `${setting}: ${was} -> ${is}`,
  );
const seven = deleting({ archiveYears: 7 });

describe('a policy that would delete more', () => {
  it('is seen by the backups that would go earlier, now or ever', () => {
    expect(names(seven, deleting({ archiveYears: 2 }))).toEqual(['2024-06-01', '2024-12-01', '2026-06-10']);
    expect(names(seven, deleting({ archiveYears: 2 }), now)).toEqual(['2024-06-01']);
    expect(names(deleting({ autoCleanupArchive: false }), seven)).toEqual(['2024-06-01', '2024-12-01', '2026-06-10']);
    expect(names(deleting({ complianceRequired: true }), seven)).toHaveLength(3);
    expect(names(seven, deleting({ archiveYears: 7, keep: { last: 1 } }))).toEqual(['2024-06-01', '2024-12-01']);
    expect(names(seven, deleting({ archiveYears: 7, keep: { last: 9 } }))).toEqual([]);
  });

  it('is none where it keeps as long, or longer', () => {
    for (const longer of [seven, deleting({ archiveYears: 10 }), deleting({ archiveYears: 7, hotDays: 90 })]) {
      expect(names(seven, longer)).toEqual([]);
      expect(settings(seven, longer)).toEqual([]);
    }
  });

  it('is seen by its settings, for a project without backups', () => {
    expect(settings(seven, deleting({ archiveYears: 2 }))).toEqual(['retention.archive_retention_years: 7 -> 2']);
    const { archiveYears: _years, ...forEver } = seven;
    expect(settings(forEver, seven)).toEqual(['retention.archive_retention_years: for ever -> 7']);
    expect(settings(seven, { ...seven, hotDays: 7 })).toEqual(['retention.hot_retention_days: 30 -> 7']);
    expect(settings({ ...seven, autoCleanupArchive: false }, seven)).toEqual([
      'retention.auto_cleanup_archive: false -> true',
    ]);
    expect(settings({ ...seven, complianceRequired: true }, seven)).toEqual(['compliance.required: true -> false']);
    expect(settings({ ...seven, complianceType: 'belastingdienst' }, seven)).toEqual([
      'compliance.type: belastingdienst -> none',
    ]);
    expect(settings(seven, { ...seven, keep: { last: 3 } })).toEqual(['retention.keep: all -> {"last":3}']);
    expect(settings({ ...seven, keep: { last: 3, daily: 7 } }, { ...seven, keep: { last: 5 } })).toEqual([
      'retention.keep.daily: 7 -> 0',
    ]);
    expect(settings(seven, { ...seven, archiveYears: 2, complianceRequired: true })).toEqual([]);
  });
});

describe('a batch', () => {
  const limits = { maxSharePercent: 20, min: 5 };
  it.each([
    [5, 5, undefined, false],
    [6, 30, undefined, false],
    [7, 30, undefined, true],
    [7, 30, 7, false],
    [8, 30, 7, true],
  ])('of %i of %i, %s of them accepted: %s', (deletes, of, accepted, isLarge) => {
    expect(isLargeBatch({ deletes, of }, limits, accepted)).toBe(isLarge);
  });

  it('counts backups that go, and no hot copies whose backup lives on', () => {
    const all = [...backups, kept('2026-03-01T01:00:00.000Z')];
    const planned = planRetention(all, deleting(), aContext(now));
    expect(planned.flatMap(({ acts }) => acts.map(({ kind }) => kind))).toEqual([
      'propose',
      'propose',
      'move',
      'delete-hot',
    ]);
    expect(countDeletions(planned)).toBe(2);
  });
});
