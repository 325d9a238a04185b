import { describe, expect, it } from '@jest/globals';
import { holdsInForce, planRetention, type KeptBackup, type RetentionPolicy } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import type { WhyKept } from '@havun/use-cases';
import { shown } from '../terminal.js';
import { dailyBackups, inArchive, keptBackup, retentionAt } from '../testing/kept-backups.js';
import { renderWhy } from './why-lines.js';

const layout = { timezone: 'Europe/Amsterdam', width: 60 };
const now = '2025-11-21T06:00:00.000Z';
const policy: RetentionPolicy = { hotDays: 30, archiveYears: 7, autoCleanupArchive: false, complianceRequired: false };

function why(backup: KeptBackup, changes: Partial<WhyKept> = {}): string {
  const plan = planRetention([backup, ...dailyBackups('2025-11-21', 2)], policy, retentionAt(now));
  const { name, id, state } = backup;
  const holds = { backup: holdsInForce(state.holds, now), project: [] };
  return shown(
    renderWhy({ name, id, project: 'havunadmin', now, state, holds, planned: plan[0]!, ...changes }, layout),
  );
}

describe('why a backup is kept', () => {
  it('says the rule, until when, where the copies are, and what would change it', () => {
    expect(why(keptBackup('2025-11-10'))).toBe(
      `
2025-11-10-03-00-00-havunadmin  (success)
Why
  It is of 2025-11-10, within 30 days in hot storage; they
  end with 2025-12-09. [hot-days]
Until
  2025-12-10 00:00:00; then it goes to the archive
Copies
  local: havunadmin/hot/2025-11-10-03-00-00-havunadmin.zip,
  read back 2025-11-10 03:00:00
  hetzner:
  havunadmin/hot/2025-11-10-03-00-00-havunadmin.zip, read
  back 2025-11-10 03:00:00
What would change it
  Another retention.hot_retention_days, or a hold. The last
  verified backup stays longer.`.trim(),
    );
  });

  it('says who holds it, and which copies were deleted when and by which rule', () => {
    const said = why(
      keptBackup('2024-05-15', { afterwards: (hot, to) => [...inArchive(hot, to), aBackupEvent('HoldPlaced')] }),
    );
    expect(said).toContain('  on this backup, by henk since 2025-11-21 03:00:00: Audit\n  of 2025');
    expect(said).toContain('  local: deleted on 2025-11-21 03:00:00 by rule [hot-days]');
    expect(said).toContain('havunadmin/archive/2024/05/2024-05-15-04-00-00-havunadmin.zip');
    expect(said).toContain('[hold]');
  });

  it('says of a project that has left the configuration that nothing touches it', () => {
    const { planned: _planned, ...rest } = { planned: undefined };
    const backup = keptBackup('2019-05-15');
    const { name, id, state } = backup;
    const holds = { backup: [], project: [] };
    const said = shown(renderWhy({ name, id, project: 'oldsite', now, state, holds, ...rest }, layout));
    expect(said).toContain('oldsite is not in the configuration any more.');
    expect(said).toContain('for ever, as it is now');
  });

  it('says what waits for a person', () => {
    const pending = { policy, differences: [], wouldDelete: [] };
    const said = why(keptBackup('2025-11-10'), { pending, largeBatch: { deletes: 9, of: 12 } });
    expect(said).toContain('waits to be accepted');
    expect(said).toContain('havun retention:accept');
  });
});
