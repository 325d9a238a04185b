import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { aBackupEvent } from '../testing/events.js';
import type { BackupCommand } from './commands.js';
import { backupDecider } from './decider.js';
import { missingParts, missingWords } from './missing.js';

const missing = [{ code: 'PATH_UNREADABLE', count: 3 }];
const run = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted')];
const copies = [
  aBackupEvent('Uploaded'),
  aBackupEvent('Verified', { storage: 'local' }),
  aBackupEvent('Verified', { storage: 'hetzner' }),
];
const complete: BackupCommand = { type: 'CompleteBackup', now: '2025-11-21T02:01:00.000Z' };
const statusGiven = (archive: object) =>
  backupDecider.decide(complete, fold(backupDecider, [...run, aBackupEvent('ArchiveCreated', archive), ...copies]));

describe('a backup whose archive lacks something that it was asked to hold', () => {
  it('is partial, also where every copy is verified', () => {
    expect(statusGiven({})).toMatchObject({ event: { data: { status: 'success' } } });
    expect(statusGiven({ warnings: missing })).toMatchObject({ event: { data: { status: 'success' } } });
    expect(statusGiven({ missing })).toMatchObject({ event: { data: { status: 'partial' } } });
  });

  it('stays partial when its copies are read back again, and when one leaves', () => {
    const ended = [
      ...run,
      aBackupEvent('ArchiveCreated', { missing }),
      ...copies,
      aBackupEvent('BackupCompleted', { status: 'partial' }),
      aBackupEvent('Verified', { storage: 'hetzner' }),
    ];
    expect(fold(backupDecider, ended)).toMatchObject({ status: 'partial', failure: { code: 'ARCHIVE_LACKS' } });
    expect(fold(backupDecider, [...ended, aBackupEvent('DeletionStarted')]).status).toBe('partial');
  });

  it('is partial where it is found again in the storages', () => {
    const { status: _, ...found } = aBackupEvent('BackupCatalogued').data;
    const command = (archive: object): BackupCommand =>
      ({ type: 'CatalogueBackup', now: complete.now, ...found, archive }) as BackupCommand;
    const decided = (archive: object) => backupDecider.decide(command(archive), backupDecider.initialState);
    expect(decided(found.archive)).toMatchObject({ event: { data: { status: 'success' } } });
    expect(decided({ ...found.archive, missing })).toMatchObject({ event: { data: { status: 'partial' } } });
  });
});

describe('what the log says of missing things', () => {
  it('names tables, and counts files, whose names may be personal data', () => {
    const things = [
      { code: 'PATH_UNREADABLE' },
      { code: 'TABLE_DAMAGED', name: 'orders' },
      { code: 'PATH_UNREADABLE' },
      { code: 'TABLE_DAMAGED', name: 'lines' },
    ];
    expect(missingParts(things)).toEqual([
      { code: 'PATH_UNREADABLE', count: 2 },
      { code: 'TABLE_DAMAGED', count: 2, names: ['orders', 'lines'] },
    ]);
    expect(missingParts(things).map(missingWords)).toEqual([
      '2 x PATH_UNREADABLE',
      '2 x TABLE_DAMAGED (orders, lines)',
    ]);
  });

  it('has a bound, and says how many are beyond it', () => {
    const [part] = missingParts(Array.from({ length: 500 }, (_, at) => ({ code: 'TABLE_DAMAGED', name: `t${at}` })));
    expect(part).toMatchObject({ count: 500, names: { length: 20 } });
    expect(missingWords(part!)).toMatch(/^500 x TABLE_DAMAGED \(t0, .*, t19, and 480 more\)$/);
  });
});
