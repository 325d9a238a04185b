import { describe, expect, it } from '@jest/globals';
import type { BackupEvent } from '@havun/domain';
import { aBackupEvent, aPolicy } from '@havun/domain/testing';
import { aRun, backupStream, Log } from '../testing/history.js';
import type { BackupLogsRow } from '../schema/tables.js';
import { projections } from './index.js';
import { PendingRows } from './pending-rows.js';
import { Streams } from './streams.js';

/** The rows of each table after a log that arrived in one batch. */
const rowsOf = (log: Log) => {
  const streams = new Streams();
  const tables = projections.map((projection) => new PendingRows(projection));
  for (const step of log.events.map((event) => streams.follow(event))) for (const table of tables) table.take(step);
  return Object.fromEntries(tables.map((pending) => [pending.table, pending.rows()]));
};

const logsOf = (...events: BackupEvent[]) => {
  const log = new Log();
  log.appendRuns([events]);
  return rowsOf(log)['backup_logs'] as unknown as BackupLogsRow[];
};

describe('backup_logs', () => {
  it('has no row for a backup that runs', () => {
    expect(logsOf(...aRun(0, 'havunadmin', 'distributing'))).toEqual([]);
  });

  it('has one row for a backup whose end is told twice', () => {
    const run = aRun(0, 'havunadmin', 'success');
    expect(logsOf(...run, run.at(-1)!, aBackupEvent('BackupFailed'))).toHaveLength(1);
  });

  it('has one row for a backup that was found, and no second one for a backup that it has', () => {
    const found = aBackupEvent('BackupCatalogued');
    const { createdAt, name } = found.data;
    expect(logsOf(found)).toMatchObject([
      {
        backup_name: name,
        status: 'success',
        backup_size: 1000,
        backup_date: createdAt.slice(0, 23).replace('T', ' ').replace('Z', ''),
      },
    ]);
    expect(logsOf(found, found)).toHaveLength(1);
    expect(logsOf(...aRun(0, 'havunadmin', 'success'), found)).toHaveLength(1);
  });

  it('says what its archive lacks, also where every copy is verified: tables by name, files by their number', () => {
    const missing = [
      { code: 'TABLE_DAMAGED', count: 1, names: ['orders'] },
      { code: 'PATH_UNREADABLE', count: 3 },
    ];
    const run = aRun(0, 'havunadmin', 'success').map((event) => {
      if (event.type === 'ArchiveCreated') return { ...event, data: { ...event.data, missing } };
      return event.type === 'BackupCompleted'
        ? { ...event, data: { ...event.data, status: 'partial' as const } }
        : event;
    });
    const [row] = logsOf(...run);
    expect(row).toMatchObject({ status: 'partial', disk_local: 1, disk_offsite: 1 });
    expect(row?.error_message).toBe(
      `The archive lacks 1 x TABLE_DAMAGED (orders); 3 x PATH_UNREADABLE. See each by name: havun backup:show ${row?.backup_name ?? ''}`,
    );
  });

  it('dates a backup without a slot by the moment that somebody asked', () => {
    const { slot: _, ...data } = aBackupEvent('BackupRequested').data;
    const requested: BackupEvent = { type: 'BackupRequested', at: '2025-02-01T10:00:00.5Z', data };
    const [row] = logsOf(requested, aBackupEvent('BackupFailed'));
    expect(row?.backup_date).toBe('2025-02-01 10:00:00.500');
  });

  it('names the first offsite copy that was read back, and none that only lies there', () => {
    const copies = ['local', 'zolder', 'hetzner'];
    const [requested, started, archive] = aRun(0, 'havunadmin', 'success', copies);
    const uploads = ['zolder', 'hetzner'].map((storage) => aBackupEvent('Uploaded', { storage, path: 'a/b.zip' }));
    const verified = (storage: string) => aBackupEvent('Verified', { storage, path: 'a/b.zip' });
    const end = aBackupEvent('BackupCompleted', { status: 'partial' });
    const begin = [requested!, started!, archive!, ...uploads];
    expect(logsOf(...begin, verified('hetzner'), verified('zolder'), end)[0]?.offsite_path).toBe('zolder:a/b.zip');
    expect(logsOf(...begin, verified('hetzner'), end)[0]).toMatchObject({
      disk_local: 1,
      disk_offsite: 1,
      offsite_path: 'hetzner:a/b.zip',
    });
    expect(logsOf(...begin, end)[0]).toMatchObject({ disk_offsite: 0, offsite_path: null });
  });

  it('says that no copy lies here when the local one could not be read back', () => {
    const [row] = logsOf(...aRun(0, 'havunadmin', 'nothing-verified'));
    expect(row).toMatchObject({ status: 'failed', disk_local: 0, disk_offsite: 0, backup_size: 1000 });
  });

  it('changes with the copies from the end of the run on, and keeps what the run was', () => {
    const run = aRun(0, 'havunadmin', 'success');
    const [ended] = logsOf(...run);
    const { path } = aBackupEvent('Verified').data;
    const place = (run[2] as Extract<BackupEvent, { type: 'ArchiveCreated' }>).data.path;
    const at = '2026-02-01T00:00:00.000Z';
    const broken = (storage: string) => aBackupEvent('VerificationFailed', { storage, path: place, at });
    const changed = { ...ended, updated_at: '2026-02-01 00:00:00.000' };
    expect(logsOf(...run, broken('local'))).toEqual([
      {
        ...changed,
        disk_local: 0,
        status: 'partial',
        error_message: 'local: local: the checksum differs Run the backup again.',
      },
    ]);
    expect(logsOf(...run, broken('hetzner'))).toMatchObject([{ disk_offsite: 0, offsite_path: null }]);
    const whole = aBackupEvent('Verified', { storage: 'local', path: place, at });
    expect(logsOf(...run, broken('local'), whole)).toEqual([changed]);
    expect(path).not.toBe(place);
    expect(logsOf(...run, aBackupEvent('VerificationFailed', { storage: 'local', at }))).toEqual([ended]);
  });

  it('says where the copies are that retention has moved and deleted, and stays', () => {
    const run = aRun(0, 'havunadmin', 'success');
    const [ended] = logsOf(...run);
    const hot = 'havunadmin/hot/2025-01-01-03-00-00-havunadmin.zip';
    const to = 'havunadmin/archive/2025/01/2025-01-01-03-00-00-havunadmin.zip';
    const at = '2026-02-01T00:00:00.000Z';
    const moved = aBackupEvent('MovedToArchive', { storage: 'hetzner', from: hot, to, at });
    const hotGone = [
      aBackupEvent('DeletionStarted', { storage: 'local', path: hot, tier: 'hot', at }),
      aBackupEvent('HotCopyDeleted', { storage: 'local', path: hot, at }),
    ];
    const archiveGone = [
      aBackupEvent('DeletionStarted', { storage: 'hetzner', path: to, tier: 'archive', at }),
      aBackupEvent('ArchiveDeleted', { storage: 'hetzner', path: to, at }),
    ];
    const changed = { ...ended, updated_at: '2026-02-01 00:00:00.000' };
    expect(logsOf(...run, moved)).toEqual([{ ...changed, offsite_path: `hetzner:${to}` }]);
    const inArchive = { ...changed, disk_local: 0, offsite_path: `hetzner:${to}` };
    expect(logsOf(...run, moved, ...hotGone)).toEqual([inArchive]);
    const gone = { ...inArchive, disk_offsite: 0, offsite_path: null };
    expect(logsOf(...run, moved, ...hotGone, ...archiveGone)).toEqual([gone]);
    expect(ended).toMatchObject({ status: 'success', disk_local: 1, error_message: null });
  });

  it('takes compliance from the policy, and encryption from the archive once there is one', () => {
    const policy = aPolicy({ retentionYears: 3, canAutoDelete: true, encrypted: false });
    const requested = aBackupEvent('BackupRequested', { policy });
    const failed = aBackupEvent('BackupFailed');
    expect(logsOf(requested, failed)[0]).toMatchObject({ retention_years: 3, can_auto_delete: 1, is_encrypted: 0 });
    expect(logsOf(requested, aBackupEvent('ArchiveCreated'), failed)[0]).toMatchObject({ is_encrypted: 1 });
  });

  it('stays away from streams that are no backup', () => {
    const log = new Log();
    log.append(backupStream('unknown'), aBackupEvent('BackupCompleted'));
    const { backup_logs: logs, backup_runs: runs, audit_log: audit } = rowsOf(log);
    expect([logs, runs, audit?.length]).toEqual([[], [], 1]);
  });
});
