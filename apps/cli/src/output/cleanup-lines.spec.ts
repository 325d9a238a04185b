import { describe, expect, it } from '@jest/globals';
import { planRetention, type KeptBackup, type RetentionContext, type RetentionPolicy } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import type { PlannedCleanup } from '@havun/use-cases';
import { shown } from '../terminal.js';
import { dailyBackups, inArchive, keptBackup, retentionAt } from '../testing/kept-backups.js';
import { countCleanup, renderCleanup, renderPlannedActs, renderResult } from './cleanup-lines.js';
import { renderQuestion } from './question-lines.js';

const layout = { timezone: 'Europe/Amsterdam', width: 60 };
const now = '2025-11-21T06:00:00.000Z';
const compliance: RetentionPolicy = {
  hotDays: 30,
  archiveYears: 7,
  autoCleanupArchive: false,
  complianceRequired: true,
  complianceType: 'belastingdienst',
};
const deletable = { policy: { complianceRequired: false, canAutoDelete: true, retentionYears: 1 } };

function planned(
  backups: readonly KeptBackup[],
  policy: RetentionPolicy,
  context: RetentionContext = retentionAt(now),
): PlannedCleanup {
  return { project: 'havunadmin', now, policy, isAccepted: true, plan: planRetention(backups, policy, context) };
}

/** Colours, where there are any, take no room. */
const text = (lines: readonly string[]): string => shown(lines.join('\n')).replace(/\u001b\[\d+m/g, '');

describe('what a clean-up says', () => {
  it('is what the plan of this product has, for its own example', () => {
    const cleanup = planned(dailyBackups('2025-11-21', 45), compliance);
    expect(text([renderCleanup(cleanup, layout)])).toBe(
      `
Cleanup for: havunadmin (Retention: 30 days)
  Found 45 backups in hot storage
  Keeping: 30 (last 30 days)
  Deleting: 15 (older than 30 days); they go on in the
  archive
  Found 0 backups in the archive

  ! ARCHIVE backups are NEVER deleted (7 years of
  compliance)!`.trim(),
    );
    expect(countCleanup(cleanup.plan)).toEqual({
      hot: 45,
      leavingHot: 15,
      notArchived: 0,
      archive: 0,
      proposed: 0,
      coolingOff: 0,
      deleted: 0,
    });
  });

  it('names what is due, and what is kept all the same, each with its reason', () => {
    const held = keptBackup('2025-10-01', { afterwards: () => [aBackupEvent('HoldPlaced')] });
    const lost = keptBackup('2025-10-01', {
      project: 'havuncore',
      afterwards: (path) => [
        aBackupEvent('DeletionStarted', { storage: 'hetzner', path }),
        aBackupEvent('HotCopyDeleted', { storage: 'hetzner', path }),
      ],
    });
    const backups = [held, lost, ...dailyBackups('2025-10-23', 2)];
    const lines = renderPlannedActs(planned(backups, compliance).plan, layout);
    expect(countCleanup(planned(backups, compliance).plan)).toMatchObject({ hot: 4, leavingHot: 1 });
    expect(text(lines)).toBe(
      `
  What is due:
    2025-10-01-04-00-00-havunadmin: to the archive in
    hetzner
      It is on hold, placed by henk on
      2025-11-21T02:00:00.000Z: Audit of 2025
    2025-10-22-04-00-00-havunadmin: to the archive in
    hetzner; hot copy deleted in local, once the one in
    hetzner is read back
      It is of 2025-10-22: its 30 days in hot storage ended
      with 2025-11-20.
  Kept all the same:
    2025-10-01-04-00-00-havuncore: kept
      Its days in hot storage are over, and no offsite
      storage has a copy of it.`.slice(1),
    );
  });

  it('names some of very many, and says how many more there are', () => {
    const lines = renderPlannedActs(planned(dailyBackups('2025-11-21', 80), compliance).plan, layout);
    expect(lines.filter((line) => /^ {4}2025/.test(line))).toHaveLength(20);
    expect(lines.at(-1)).toBe('    and 30 more, which --json names');
  });

  it('tells archives that may go: proposed, cooling off, deleted', () => {
    const archived = (day: string, ...after: ReturnType<typeof inArchive>) =>
      keptBackup(day, { ...deletable, afterwards: (hot, to) => [...inArchive(hot, to), ...after] });
    const proposedAt = '2025-11-01T06:00:00.000Z';
    const cleanup = planned(
      [
        archived(
          '2024-10-01',
          aBackupEvent('DeletionProposed', { at: proposedAt, notBefore: '2025-11-15T06:00:00.000Z' }),
        ),
        archived(
          '2024-10-02',
          aBackupEvent('DeletionProposed', { at: proposedAt, notBefore: '2025-11-30T06:00:00.000Z' }),
        ),
        archived('2024-10-03'),
        archived('2025-10-03'),
        ...dailyBackups('2025-11-21', 3, deletable),
      ],
      { hotDays: 30, archiveYears: 1, autoCleanupArchive: true, complianceRequired: false },
    );
    expect(text([renderCleanup(cleanup, layout)])).toBe(
      `
Cleanup for: havunadmin (Retention: 30 days)
  Found 3 backups in hot storage
  Keeping: 3 (last 30 days)
  Deleting: 0 (older than 30 days)
  Found 4 backups in the archive
  Proposing for deletion: 1
  Proposed, and cooling off: 1
  Deleting from the archive: 1

  ! ARCHIVE backups are deleted after 1 year: proposed
  first, and only then deleted.`.trim(),
    );
  });

  it('says of a project without a policy that all of it is kept', () => {
    const cleanup = planned(dailyBackups('2025-11-21', 2), { autoCleanupArchive: false, complianceRequired: false });
    expect(text([renderCleanup(cleanup, layout)])).toBe(
      `
Cleanup for: havunadmin (Retention: for ever)
  Found 2 backups in hot storage
  Keeping: 2 (for ever)
  Deleting: 0
  Found 0 backups in the archive

  ! ARCHIVE backups are NEVER deleted (auto_cleanup_archive
  is false)!`.trim(),
    );
  });

  it('tells what was done, what was refused, and what failed with its remedy', () => {
    const failed = { storage: 'hetzner', count: 2, code: 'DISK_FULL', message: 'No space left', remedy: 'Make room.' };
    const result = {
      project: 'havunadmin',
      found: 45,
      ...{ kept: 29, moved: 15, hotCopiesDeleted: 15, proposed: 0, deleted: 1, durationSeconds: 3 },
      refused: [{ code: 'LAST_VERIFIED', count: 1 }],
      failed: [failed],
    };
    expect(text(renderResult(result, 60))).toBe(
      `
  ✔ 15 copies moved to the archive
  ✔ 15 copies deleted from hot storage
  ✔ 1 backup deleted for good
  ! Kept: 1 x LAST_VERIFIED
  ✖ Not done in hetzner, 2 x: No space left [DISK_FULL]
    Make room.
  ✔ 29 backups kept as they were`.slice(1),
    );
  });

  it('asks where a policy would delete more, or very many at once', () => {
    const pending = {
      policy: compliance,
      differences: [{ setting: 'retention.hot_retention_days', accepted: '90', proposed: '30' }],
      wouldDelete: dailyBackups('2025-11-21', 12).map(({ name }) => name),
    };
    const lines = renderQuestion({ project: 'havunadmin', pending, largeBatch: { deletes: 9, of: 12 } }, 60);
    expect(text(lines)).toBe(
      `
  ! The configuration would delete more than the policy that
  was accepted. Until somebody accepts it, the accepted one
  acts:
    retention.hot_retention_days: accepted 90, now 30
    12 backups would go earlier, or at all:
    - 2025-11-10-03-00-00-havunadmin
    - 2025-11-11-03-00-00-havunadmin
    - 2025-11-12-03-00-00-havunadmin
    - 2025-11-13-03-00-00-havunadmin
    - 2025-11-14-03-00-00-havunadmin
    - 2025-11-15-03-00-00-havunadmin
    - 2025-11-16-03-00-00-havunadmin
    - 2025-11-17-03-00-00-havunadmin
    - 2025-11-18-03-00-00-havunadmin
    - 2025-11-19-03-00-00-havunadmin
    and 2 more, which --json names
  ! 9 of 12 backups would be deleted at once: that is many,
  and all of them are kept until somebody accepts it.
    If that is meant: havun retention:accept havunadmin
    --reason="..."`.slice(1),
    );
    expect(renderQuestion({ project: 'havunadmin' }, 60)).toEqual([]);
  });
});
