import { describe, expect, it } from '@jest/globals';
import { aPolicy } from '@havun/domain/testing';
import type { Backup, BackupCopy } from '@havun/read-model';
import { renderBackups } from './backup-lines.js';

const layout = { timezone: 'Europe/Amsterdam', width: 200 };
const circumstances = { interrupted: [], heldProjects: [], now: '2025-12-01T00:00:00.000Z' };
const at = '2025-11-21T02:00:00.000Z';
const hold = { id: '1', by: 'henk', reason: 'audit', placedAt: at };

const backup = (changes: Partial<Backup>): Backup => ({
  ...{ id: 'run-1', name: '2025-11-21-03-00-00-tool', project: 'tool', host: 'web1', status: 'success' },
  ...{ trigger: 'schedule', policy: aPolicy(), backupDate: at, requestedAt: at, startedAt: at, endedAt: at },
  ...{ durationSeconds: 4, attempts: 1, archive: null, copies: [], failure: null, holds: [], deletion: null },
  ...{ position: 1, updatedAt: at },
  ...changes,
});
const line = (changes: Partial<Backup>, around = {}): string =>
  renderBackups([backup(changes)], { ...circumstances, ...around }, layout).split('\n')[1] ?? '';

describe('the list of backups', () => {
  it('says where the copies are, and when and by which rule those went that are gone', () => {
    const copies: BackupCopy[] = [
      { storage: 'local', state: 'removed', path: 'tool/hot/2025-11-21-03-00-00-tool.zip', at, rule: 'hot-days' },
      { storage: 'attic', state: 'removing', path: 'tool/hot/2025-11-21-03-00-00-tool.zip', at, rule: 'hot-days' },
      { storage: 'hetzner', state: 'verified', path: 'tool/archive/2025/11/2025-11-21-03-00-00-tool.zip', at },
    ];
    expect(line({ copies })).toContain(
      'local: deleted on 2025-11-21 by rule hot-days, attic: is being deleted (hot-days), hetzner: verified in the archive',
    );
  });

  it('says what is on hold, by itself or with its project, as long as that holds', () => {
    expect(line({ holds: [hold] })).toContain('success, on hold');
    expect(line({}, { heldProjects: ['tool'] })).toContain('success, on hold');
    expect(line({ holds: [{ ...hold, until: '2025-11-30T23:00:00.000Z' }] })).not.toContain('on hold');
    expect(line({}, { heldProjects: ['other'] })).not.toContain('on hold');
  });

  it('says what is to be deleted, and what nobody is at work on', () => {
    const deletion = { rule: 'archive-years', reason: 'old', proposedAt: at, notBefore: at };
    expect(line({ deletion })).toContain('success, to be deleted');
    expect(line({ status: 'archiving' }, { interrupted: ['run-1'] })).toContain('archiving (interrupted)');
  });
});
