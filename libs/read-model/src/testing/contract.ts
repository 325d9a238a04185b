import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { aBackupEvent, aPolicy } from '@havun/domain/testing';
import { openReadModel, type ReadModel, type ReadModelConfig } from '../index.js';
import { projectedTables } from '../schema/tables.js';
import { anyHistory, anySplit, split } from './arbitrary-history.js';
import { aReservation, aRun, backupStream, Log, restoreStream } from './history.js';
import { aRestore } from './restores-and-drills.js';
import { restoresContract } from './restores-contract.js';
import { allRows, run } from './tables.js';

/** What every database below the read model must do, whatever its dialect. */
export function readModelContract(
  freshPlace: () => Promise<ReadModelConfig>,
  { histories }: { histories: number },
): void {
  jest.setTimeout(120_000);
  let config: ReadModelConfig;
  let model: ReadModel;
  const opened: ReadModel[] = [];
  const open = async (readOnly = false, at = config): Promise<ReadModel> => {
    const another = await openReadModel(at, { readOnly });
    opened.push(another);
    return another;
  };

  beforeEach(async () => {
    config = await freshPlace();
    model = await open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const severalRuns = (): Log => {
    const log = new Log();
    log.appendRuns([
      aRun(0, 'havunadmin', 'success'),
      aRun(1, 'havunadmin', 'partial'),
      aRun(2, 'herdenkingsportaal', 'no-archive'),
      aRun(3, 'havunadmin', 'nothing-verified'),
      aRun(4, 'havunadmin', 'distributing'),
      aRun(5, 'herdenkingsportaal', 'requested'),
    ]);
    return log;
  };

  /** More events than a rebuild puts into one transaction. */
  const manyRuns = (): Log => {
    const log = new Log();
    const endings = ['success', 'partial', 'no-archive', 'nothing-verified'] as const;
    const restore = aRestore(0, 'havunadmin', 'undone');
    log.appendAll(restoreStream('long'), restore.slice(0, 3));
    log.appendRuns(Array.from({ length: 240 }, (_, day) => aRun(day, 'havunadmin', endings[day % 4]!)));
    log.appendAll(restoreStream('long'), restore.slice(3));
    return log;
  };

  describe('rows', () => {
    it('gives an ended backup the columns of the plan', async () => {
      const log = new Log();
      log.append(
        { host: 'local', category: 'project', id: 'havunadmin' },
        aReservation('2025-01-01-03-00-00-havunadmin'),
      );
      log.appendRuns([aRun(0, 'havunadmin', 'success')]);
      await model.project(log.events);
      expect(await model.queries.findBackupLog('2025-01-01-03-00-00-havunadmin')).toEqual({
        id: log.head,
        project: 'havunadmin',
        project_type: 'laravel-app',
        backup_name: '2025-01-01-03-00-00-havunadmin',
        backup_date: '2025-01-01T02:00:00.000Z',
        backup_size: 1000,
        backup_checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        disk_local: true,
        disk_offsite: true,
        offsite_path: 'hetzner:havunadmin/hot/2025-01-01-03-00-00-havunadmin.zip',
        status: 'success',
        error_message: null,
        duration_seconds: 60,
        is_encrypted: true,
        retention_years: 7,
        can_auto_delete: false,
        notification_sent: false,
        notified_at: null,
        created_at: '2025-01-01T02:00:20.000Z',
        updated_at: '2025-01-01T02:00:20.000Z',
      });
    });

    it('says of a partial backup which copy failed and what to do', async () => {
      const log = severalRuns();
      await model.project(log.events);
      expect(await model.queries.findBackupLog('2025-01-02-03-00-00-havunadmin')).toMatchObject({
        status: 'partial',
        disk_local: true,
        disk_offsite: false,
        offsite_path: null,
        error_message: 'hetzner: hetzner: other bytes — ünïcødé 🔥 Run the backup again.',
      });
    });

    it('gives a backup without an archive no size and no checksum', async () => {
      await model.project(severalRuns().events);
      expect(await model.queries.findBackupLog('2025-01-03-03-00-00-herdenkingsportaal')).toMatchObject({
        status: 'failed',
        backup_size: 0,
        backup_checksum: '',
        disk_local: false,
        error_message: 'Connection refused Start the database server.',
      });
    });

    it('lists a backup that was found in the storages like any other, with when it was made', async () => {
      const log = severalRuns();
      const copies = [{ storage: 'hetzner', path: 'havunmcp/archive/2019/05/a.zip', verified: false }];
      const [name, createdAt] = ['2019-05-15-03-00-00-havunmcp', '2019-05-15T01:00:00.000Z'];
      const found = { name, project: 'havunmcp', createdAt, copies, status: 'partial' } as const;
      log.append(backupStream('found'), aBackupEvent('BackupCatalogued', { ...found, at: '2026-01-01T00:00:00.000Z' }));
      await model.project(log.events);
      expect(await model.queries.findBackupLog(name)).toMatchObject({
        id: log.head,
        backup_date: createdAt,
        backup_size: 1000,
        disk_local: false,
        disk_offsite: false,
        status: 'partial',
        error_message: 'local: no copy was found there\nhetzner: a copy was found there, and was not read back',
        duration_seconds: null,
        created_at: '2026-01-01T00:00:00.000Z',
      });
      expect(await model.queries.lastBackup('havunmcp')).toMatchObject({
        id: 'found',
        status: 'partial',
        backupDate: createdAt,
        startedAt: null,
        endedAt: '2026-01-01T00:00:00.000Z',
        durationSeconds: null,
        archive: { size: 1000 },
        copies: [{ storage: 'hetzner', state: 'present' }],
      });
      expect((await model.queries.listBackups({ limit: 99 })).at(-1)?.name).toBe(name);
    });

    it('follows the copies of a backup that it knows, whose row of the plan stays as it ended', async () => {
      const log = severalRuns();
      const name = '2025-01-02-03-00-00-havunadmin';
      const copies = [{ storage: 'hetzner', path: 'havunadmin/archive/2025/01/a.zip', verified: true }];
      await model.project(log.events);
      const before = await model.queries.findBackupLog(name);
      const at = '2026-01-01T00:00:00.000Z';
      log.append(backupStream('run-1'), aBackupEvent('BackupCatalogued', { at, copies, status: 'success' }));
      await model.project(log.events);
      expect(await model.queries.findBackup(name)).toMatchObject({
        status: 'success',
        endedAt: '2025-01-02T02:00:20.000Z',
        durationSeconds: 60,
        archive: { size: 1001 },
        copies: [
          { storage: 'local', state: 'verified' },
          { storage: 'hetzner', state: 'verified', path: 'havunadmin/archive/2025/01/a.zip', at },
        ],
      });
      expect(await model.queries.findBackupLog(name)).toEqual(before);
      const rows = await allRows(config);
      await model.rebuild(log.read);
      expect(await allRows(config)).toEqual(rows);
    });

    it('keeps what holds and retention have done, and the row of what was deleted', async () => {
      const log = severalRuns();
      const name = '2025-01-01-03-00-00-havunadmin';
      const path = `havunadmin/hot/${name}.zip`;
      const stream = backupStream('run-0');
      const events = [
        aBackupEvent('HoldPlaced'),
        aBackupEvent('DeletionProposed'),
        aBackupEvent('DeletionRefused', { path }),
        aBackupEvent('DeletionStarted', { storage: 'local', path, tier: 'hot' }),
        aBackupEvent('HotCopyDeleted', { storage: 'local', path }),
      ];
      for (const event of events) {
        log.append(stream, event);
        await model.project(log.events);
        await model.project(log.events.slice(-2));
      }
      expect(await model.queries.findBackup(name)).toMatchObject({
        status: 'success',
        holds: [{ by: 'henk', reason: 'Audit of 2025' }],
        deletion: { rule: 'archive-years' },
        copies: [{ storage: 'local', state: 'removed', rule: 'hot-days' }, { state: 'verified' }],
      });
      expect(await model.queries.findBackupLog(name)).toMatchObject({ disk_local: false, disk_offsite: true });
      expect((await model.queries.backupsHeldOrProposed()).map((held) => held.name)).toEqual([name]);
      expect(await model.queries.backedUpProjects()).toEqual(['havunadmin', 'herdenkingsportaal']);
      const [kept] = await model.queries.keptBackups('havunadmin');
      expect(kept).toMatchObject({ id: 'run-0', name, date: '2025-01-01T02:00:00.000Z', state: { holds: [{}] } });
      log.append(stream, aBackupEvent('HoldReleased'));
      log.append(stream, aBackupEvent('DeletionCancelled'));
      await model.project(log.events);
      const rows = await allRows(config);
      expect(rows).toEqual(await rowsOfOneBatch(log));
      await model.rebuild(log.read);
      expect(await allRows(config)).toEqual(rows);
    });

    it('gives retention the ended backups of a project, the oldest first', async () => {
      await model.project(severalRuns().events);
      const kept = await model.queries.keptBackups('havunadmin');
      expect(kept.map(({ name, state }) => [name, state.status])).toEqual([
        ['2025-01-01-03-00-00-havunadmin', 'success'],
        ['2025-01-02-03-00-00-havunadmin', 'partial'],
        ['2025-01-04-03-00-00-havunadmin', 'failed'],
      ]);
      expect(await model.queries.keptBackups('unknown')).toEqual([]);
    });

    it('changes only what an event says: what another has written into the row stays', async () => {
      const log = severalRuns();
      const name = '2025-01-01-03-00-00-havunadmin';
      await model.project(log.events);
      await run(config, `UPDATE backup_logs SET notification_sent = 1, notified_at = '2025-01-01 03:00:00.000'`);
      const path = `havunadmin/hot/${name}.zip`;
      log.append(backupStream('run-0'), aBackupEvent('VerificationFailed', { storage: 'local', path }));
      await model.project(log.events);
      expect(await model.queries.findBackupLog(name)).toMatchObject({
        disk_local: false,
        disk_offsite: true,
        status: 'partial',
        notification_sent: true,
        notified_at: '2025-01-01T03:00:00.000Z',
        created_at: '2025-01-01T02:00:20.000Z',
        updated_at: '2025-11-21T02:00:00.000Z',
      });
    });

    it('keeps every event, of every kind of stream, in the audit log', async () => {
      const log = severalRuns();
      log.append({ host: 'elders', category: 'project', id: 'p' }, aReservation('a-name'), 7);
      await model.project(log.events);
      const entries = await model.queries.auditLog({ limit: 1000 });
      expect(entries.map(({ position, eventId, data }) => ({ position, eventId, data }))).toEqual(
        log.events.map(({ position, id, event }) => ({ position, eventId: id, data: event.data })),
      );
      expect(entries.at(-1)).toMatchObject({
        type: 'BackupNameReserved',
        version: 1,
        host: 'elders',
        category: 'project',
        streamId: 'p',
        correlationId: 'p',
        source: 'test',
        occurredAt: '2025-11-21T02:00:00.000Z',
      });
    });

    it('keeps sizes and positions beyond 32 bits exact', async () => {
      const log = new Log();
      const size = 2 ** 52 + 1;
      log.append(backupStream('big'), aBackupEvent('BackupRequested'), 2 ** 51 + 1);
      log.append(backupStream('big'), aBackupEvent('ArchiveCreated', { size }));
      log.append(backupStream('big'), aBackupEvent('BackupFailed', { stage: 'verify' }));
      await model.project(log.events);
      expect(await model.checkpoint()).toBe(2 ** 51 + 3);
      const name = '2025-11-21-03-00-00-havunadmin';
      expect(await model.queries.findBackupLog(name)).toMatchObject({ id: 2 ** 51 + 3, backup_size: size });
    });

    it('cuts what a column cannot take, so that one odd backup does not stop the rest', async () => {
      const log = new Log();
      const project = 'p'.repeat(60);
      log.append(backupStream('odd'), aBackupEvent('BackupRequested', { project, name: 'odd' }));
      log.append(backupStream('odd'), aBackupEvent('BackupFailed', { message: '🔥'.repeat(40_000) }));
      await model.project(log.events);
      const row = await model.queries.findBackupLog('odd');
      expect(row?.project).toBe(`${'p'.repeat(49)}…`);
      expect(Array.from(row?.error_message ?? '')).toHaveLength(16_000);
      expect((await model.queries.findBackup('odd'))?.failure?.message).toHaveLength(80_000);
    });
  });

  restoresContract(() => model);

  describe('the checkpoint', () => {
    it('is 0 at first, and then the position of the last event', async () => {
      expect(await model.checkpoint()).toBe(0);
      const log = severalRuns();
      await model.project(log.events);
      expect(await model.checkpoint()).toBe(log.head);
    });

    it('lets events that come again change nothing', async () => {
      const log = severalRuns();
      await model.project(log.events);
      const rows = await allRows(config);
      await model.project(log.events);
      await model.project([...log.events.slice(3, 9), ...log.events.slice(2, 4)]);
      expect(await allRows(config)).toEqual(rows);
    });

    it('takes an event that comes twice in one batch once', async () => {
      const { events } = severalRuns();
      await model.project([...events.slice(0, 5), ...events.slice(3)]);
      expect(await model.queries.auditLog({ limit: 1000 })).toHaveLength(events.length);
    });

    it('goes back with the rows when a batch fails in the middle, and the same events then lead to the same tables', async () => {
      const log = severalRuns();
      await model.project(log.events.slice(0, 4));
      const rows = await allRows(config);
      const broken = [...log.events.slice(4, 12), { ...log.events[12]!, id: log.events[0]!.id }];
      await expect(model.project(broken)).rejects.toMatchObject({ code: 'READ_MODEL_QUERY_FAILED' });
      expect(await allRows(config)).toEqual(rows);
      await model.project(log.events.slice(4));
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
    });

    it('refuses an event that would have come before one that is in the tables', async () => {
      const { events } = severalRuns();
      await model.project([...events.slice(0, 3), events[4]!]);
      await expect(model.project([events[3]!])).rejects.toMatchObject({ code: 'READ_MODEL_OUT_OF_ORDER' });
      await expect(model.project([events[6]!, events[5]!])).rejects.toMatchObject({ code: 'READ_MODEL_OUT_OF_ORDER' });
      expect(await model.checkpoint()).toBe(events[4]!.position);
    });

    it('refuses a log that has another event where it has read one', async () => {
      const { events } = severalRuns();
      await model.project(events.slice(0, 3));
      const other = { ...events[1]!, id: 'another-event' };
      await expect(model.project([other])).rejects.toMatchObject({ code: 'READ_MODEL_DIVERGED', retryable: false });
    });

    it('refuses a log that ends before it', async () => {
      await model.project(severalRuns().events.slice(0, 9));
      await expect(model.refuseAhead(8)).rejects.toMatchObject({ code: 'READ_MODEL_AHEAD' });
      await expect(model.refuseAhead(9)).resolves.toBeUndefined();
    });

    it('may be raised by another projector in between', async () => {
      const log = severalRuns();
      const other = await open();
      for (const [i, event] of log.events.entries()) await (i % 3 === 0 ? other : model).project([event]);
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
    });

    it('is shared by two projectors that read the same log at once', async () => {
      const log = severalRuns();
      const other = await open();
      const all = (one: ReadModel, size: number) =>
        split(log.events, [{ size, again: 2 }]).reduce(
          (before, batch) => before.then(() => one.project(batch)),
          Promise.resolve(),
        );
      await Promise.all([all(model, 3), all(other, 4)]);
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
    });
  });

  describe('a rebuild', () => {
    it('gives identical tables, and the old ones are read until it is done', async () => {
      const log = severalRuns();
      for (const batch of split(log.events, [{ size: 4, again: 1 }])) await model.project(batch);
      const rows = await allRows(config);
      const reader = await open(true);
      const seen: number[] = [];
      const progress: number[] = [];
      await model.rebuild(
        async function* (after) {
          for await (const event of log.read(after)) {
            yield event;
            seen.push((await reader.queries.listBackups({ limit: 100 })).length);
          }
        },
        { onProgress: ({ events }) => progress.push(events) },
      );
      expect(new Set(seen)).toEqual(new Set([6]));
      expect(progress.at(-1)).toBe(log.events.length);
      expect(await allRows(config)).toEqual(rows);
      expect(await reader.queries.listBackups({ limit: 100 })).toHaveLength(6);
    });

    it('gives identical tables through many transactions', async () => {
      const log = manyRuns();
      await model.project(log.events);
      const rows = await allRows(config);
      const steps: number[] = [];
      await model.rebuild(log.read, { onProgress: ({ position }) => steps.push(position) });
      expect(steps).toEqual([1000, log.head]);
      expect(await allRows(config)).toEqual(rows);
    });

    it('brings back rows that somebody altered or deleted', async () => {
      const log = severalRuns();
      await model.project(log.events);
      const rows = await allRows(config);
      await run(config, "UPDATE backup_logs SET status = 'success', backup_size = 1");
      await run(config, 'DELETE FROM audit_log WHERE position = 3');
      await model.rebuild(log.read);
      expect(await allRows(config)).toEqual(rows);
      await model.rebuild(log.read);
      expect(await allRows(config)).toEqual(rows);
    });

    it('catches up with what was projected while it ran', async () => {
      const log = severalRuns();
      await model.project(log.events);
      const live = await open();
      let grown = false;
      await model.rebuild(async function* (after) {
        yield* log.read(after);
        if (grown) return;
        grown = true;
        log.appendRuns([aRun(9, 'havunadmin', 'success')], 20);
        await live.project(log.events.slice(-8));
      });
      expect(await model.checkpoint()).toBe(log.head);
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
      log.appendRuns([aRun(10, 'havunadmin', 'success')], 30);
      await live.project(log.events);
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
    });

    it('leaves the old tables when it is aborted, and when the log cannot be read', async () => {
      const log = severalRuns();
      await model.project(log.events);
      const rows = await allRows(config);
      const abort = new AbortController();
      const aborted = model.rebuild(
        async function* (after) {
          for await (const event of log.read(after)) {
            if (event.position === 9) abort.abort();
            yield event;
          }
        },
        { signal: abort.signal },
      );
      await expect(aborted).rejects.toMatchObject({ code: 'READ_MODEL_ABORTED', retryable: true });
      const unreadable = model.rebuild(async function* (after) {
        yield* log.read(after);
        throw new Error('the log is gone');
      });
      await expect(unreadable).rejects.toThrow('the log is gone');
      expect(await allRows(config)).toEqual(rows);
    });

    it('keeps tables that know more than the log', async () => {
      const log = severalRuns();
      await model.project(log.events);
      const rows = await allRows(config);
      const cut = async function* (after: number) {
        for await (const event of log.read(after)) if (event.position <= 10) yield event;
      };
      await expect(model.rebuild(cut)).rejects.toMatchObject({ code: 'READ_MODEL_AHEAD' });
      await expect(model.rebuild(new Log().read)).rejects.toMatchObject({ code: 'READ_MODEL_AHEAD' });
      expect(await allRows(config)).toEqual(rows);
    });

    it('that stopped half-way leaves nothing in the way: tables are served, added to, and rebuilt by the next', async () => {
      const log = manyRuns();
      await model.project(log.events.slice(0, 9));
      const { promise: held, settle: resume } = aMoment();
      const { promise: halfway, settle: filling } = aMoment();
      const stopped = model.rebuild(
        async function* (after) {
          yield* log.read(after);
          await held;
        },
        { onProgress: filling },
      );
      await halfway;
      const next = await open();
      await next.project(log.events);
      expect(await next.rebuild(log.read)).toEqual({ events: log.events.length });
      resume();
      await expect(stopped).rejects.toMatchObject({ code: 'READ_MODEL_BUSY' });
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
    });

    it('gives way to one that was started later, and neither spoils the tables', async () => {
      const log = manyRuns();
      const { promise: held, settle: resume } = aMoment();
      const { promise: halfway, settle: filling } = aMoment();
      const first = model.rebuild(
        async function* (after) {
          for await (const event of log.read(after)) {
            if (event.position === 1300) await held;
            yield event;
          }
        },
        { onProgress: filling },
      );
      await halfway;
      const second = (await open()).rebuild(async function* (after) {
        for await (const event of log.read(after)) {
          // At this point its shadow tables are fresh, and the first one's next batch does not belong in them.
          if (event.position === 500) {
            resume();
            await expect(first).rejects.toMatchObject({ code: 'READ_MODEL_BUSY' });
          }
          yield event;
        }
      });
      expect(await second).toEqual({ events: log.events.length });
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
    });

    it('of an empty log gives empty tables', async () => {
      expect(await model.rebuild(new Log().read)).toEqual({ events: 0 });
      expect(await model.queries.listBackups({ limit: 10 })).toEqual([]);
    });
  });

  it('comes to the same tables from any history, in whatever batches it arrived', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anySplit, async (log, pieces) => {
        const place = await freshPlace();
        const one = await openReadModel(place);
        try {
          for (const batch of split(log.events, pieces)) await one.project(batch);
          const rows = await allRows(place);
          await one.rebuild(log.read);
          expect(await allRows(place)).toEqual(rows);
        } finally {
          await one.close();
        }
      }),
      { numRuns: histories },
    );
  });

  describe('queries', () => {
    const names = async (backups: Promise<{ name: string }[]>) => (await backups).map(({ name }) => name.slice(0, 10));

    beforeEach(() => model.project(severalRuns().events));

    it('lists backups, the newest first, page by page', async () => {
      const first = await model.queries.listBackups({ limit: 4 });
      const rest = await model.queries.listBackups({ limit: 4, before: first.at(-1)!.name });
      expect(await names(Promise.resolve([...first, ...rest]))).toEqual(
        [6, 5, 4, 3, 2, 1].map((day) => `2025-01-0${day}`),
      );
      await expect(model.queries.listBackups({ limit: 4, before: 'nothing' })).rejects.toMatchObject({
        code: 'READ_MODEL_UNKNOWN_BACKUP',
      });
    });

    it('turns pages also through backups of one and the same moment', async () => {
      const log = severalRuns();
      const at = '2025-06-01T00:00:00.000Z';
      for (const n of [1, 2, 3]) {
        log.append(
          backupStream(`same-${n}`),
          aBackupEvent('BackupRequested', { name: `same-${n}`, slot: at, project: 'x' }),
        );
      }
      await model.project(log.events);
      const page = await model.queries.listBackups({ limit: 2, project: 'x' });
      const next = await model.queries.listBackups({ limit: 2, project: 'x', before: 'same-2' });
      expect([...page, ...next].map(({ name }) => name)).toEqual(['same-3', 'same-2', 'same-1']);
    });

    it('filters by project, status and time', async () => {
      const { listBackups, lastBackup, runningBackups } = model.queries;
      expect(await names(listBackups({ project: 'herdenkingsportaal', limit: 9 }))).toEqual([
        '2025-01-06',
        '2025-01-03',
      ]);
      expect(await names(listBackups({ status: ['success', 'partial'], limit: 9 }))).toEqual([
        '2025-01-02',
        '2025-01-01',
      ]);
      const time = { since: '2025-01-03T02:00:00Z', until: '2025-01-05T03:00:00+01:00', limit: 9 };
      expect(await names(listBackups(time))).toEqual(['2025-01-04', '2025-01-03']);
      expect(await names(runningBackups())).toEqual(['2025-01-05', '2025-01-06']);
      expect(await names(runningBackups({ project: 'havunadmin' }))).toEqual(['2025-01-05']);
      expect((await lastBackup('havunadmin'))?.status).toBe('distributing');
      expect((await lastBackup('havunadmin', { status: 'success' }))?.name).toBe('2025-01-01-03-00-00-havunadmin');
      expect(await lastBackup('Havunadmin')).toBeUndefined();
    });

    it('shows a backup that runs, by its name or its id, with the state of each copy', async () => {
      const backup = await model.queries.findBackup('2025-01-05-03-00-00-havunadmin');
      expect(backup).toEqual(await model.queries.findBackup('run-4'));
      expect(backup).toMatchObject({
        id: 'run-4',
        host: 'local',
        status: 'distributing',
        policy: aPolicy(),
        requestedAt: '2025-01-05T02:00:00.000Z',
        startedAt: '2025-01-05T02:00:01.000Z',
        endedAt: null,
        attempts: 1,
        archive: { size: 1004, encrypted: true },
        copies: [
          { storage: 'local', state: 'present' },
          { storage: 'hetzner', state: 'present', path: 'havunadmin/hot/2025-01-05-03-00-00-havunadmin.zip' },
        ],
        failure: null,
      });
      expect(await model.queries.findBackup('nothing')).toBeUndefined();
    });

    it('keeps the archive and the copies of a backup that has ended', async () => {
      expect(await model.queries.findBackup('run-3')).toMatchObject({
        status: 'failed',
        endedAt: '2025-01-04T02:00:20.000Z',
        durationSeconds: 3,
        archive: { size: 1003 },
        copies: [
          { storage: 'local', state: 'failed', failure: { code: 'CHECKSUM_MISMATCH' } },
          { storage: 'hetzner', state: 'failed' },
        ],
        failure: { code: 'NO_VERIFIED_COPY' },
      });
    });

    it('reads the audit log in both directions and by what it is about', async () => {
      const { auditLog } = model.queries;
      const positions = async (filter: Parameters<typeof auditLog>[0]) =>
        (await auditLog(filter)).map(({ position }) => position);
      expect(await positions({ limit: 3, after: 2 })).toEqual([3, 4, 5]);
      expect(await positions({ limit: 2, order: 'newest', after: 4 })).toEqual([3, 2]);
      expect(await positions({ limit: 9, streamId: 'run-1' })).toEqual([8, 9, 10, 11, 12, 13, 14]);
      expect(await positions({ limit: 9, correlationId: 'run-1', type: 'Verified' })).toEqual([12]);
      expect(await positions({ limit: 1, since: '2025-01-02T02:00:02Z', category: 'backup' })).toEqual([10]);
      expect(await positions({ limit: 9, until: '2025-01-01T02:00:02Z' })).toEqual([1, 2]);
    });
  });

  describe('opening', () => {
    it('leaves the tables of an earlier start as they are', async () => {
      await model.project(severalRuns().events);
      const rows = await allRows(config);
      await (await open()).project([]);
      expect(await allRows(config)).toEqual(rows);
    });

    it('several at once make the tables once', async () => {
      const place = await freshPlace();
      await Promise.all([open(false, place), open(false, place), open(false, place)]);
      expect(await (await open(true, place)).checkpoint()).toBe(0);
    });

    it('for reading only needs tables, and writes nothing', async () => {
      const nowhere = await freshPlace();
      await expect(open(true, nowhere)).rejects.toMatchObject({ code: 'READ_MODEL_MISSING' });
      const reader = await open(true);
      await expect(reader.project(severalRuns().events)).rejects.toMatchObject({ code: 'READ_MODEL_READ_ONLY' });
      await expect(reader.rebuild(severalRuns().read)).rejects.toMatchObject({ code: 'READ_MODEL_READ_ONLY' });
    });

    it('refuses the tables of a newer release', async () => {
      await run(config, "INSERT INTO schema_migrations (version, name) VALUES (99, 'later')");
      for (const readOnly of [true, false]) {
        await expect(open(readOnly)).rejects.toMatchObject({ code: 'READ_MODEL_NEWER' });
      }
    });

    it('refuses to read the tables of an older release as they are', async () => {
      await run(config, 'DELETE FROM schema_migrations');
      await expect(open(true)).rejects.toMatchObject({ code: 'READ_MODEL_OLDER' });
    });

    it('adds nothing to rows that an older release wrote, until they are rebuilt', async () => {
      const log = severalRuns();
      await model.project(log.events.slice(0, 5));
      await run(config, 'UPDATE projection_checkpoints SET rows_version = 0');
      expect(await model.needsRebuild()).toBe(true);
      await expect(model.project(log.events)).rejects.toMatchObject({ code: 'READ_MODEL_OUTDATED' });
      await model.rebuild(log.read);
      expect(await model.needsRebuild()).toBe(false);
      expect(await allRows(config)).toEqual(await rowsOfOneBatch(log));
      await run(config, 'UPDATE projection_checkpoints SET rows_version = 1000');
      await expect(model.project(log.events)).rejects.toMatchObject({ code: 'READ_MODEL_NEWER' });
    });

    it('upgrades the tables of the release before, with what their new columns say of the rows that they have', async () => {
      const log = severalRuns();
      log.append(backupStream('found'), aBackupEvent('BackupCatalogued', { name: 'found', project: 'x' }));
      await model.project(log.events);
      const rows = await allRows(config);
      for (const column of ['ended_position', 'seen', 'keeping']) {
        await run(config, `ALTER TABLE backup_runs DROP COLUMN ${column}`);
      }
      await run(config, 'DELETE FROM schema_migrations WHERE version > 1');
      await expect(open(true)).rejects.toMatchObject({ code: 'READ_MODEL_OLDER' });
      const upgraded = await open();
      expect(await upgraded.needsRebuild()).toBe(false);
      expect(await allRows(config)).toEqual(rows);
      await upgraded.rebuild(log.read);
      expect(await allRows(config)).toEqual(rows);
      await upgraded.project(log.events);
    });

    it('begins an upgrade again that was interrupted half-way', async () => {
      await run(config, 'DELETE FROM schema_migrations WHERE version > 1');
      await open();
      expect(await (await open(true)).checkpoint()).toBe(0);
    });

    it('makes every table of the plan', async () => {
      expect(Object.keys(await allRows(config))).toEqual([...projectedTables]);
    });
  });

  /** The expected tables: the same log, read in one batch into a separate database. */
  async function rowsOfOneBatch(log: Log): Promise<Record<string, unknown[]>> {
    const place = await freshPlace();
    const reference = await open(false, place);
    await reference.project(log.events);
    return allRows(place);
  }
}

function aMoment(): { promise: Promise<void>; settle: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, settle };
}
