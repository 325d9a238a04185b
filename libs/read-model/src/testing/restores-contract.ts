import { beforeEach, describe, expect, it } from '@jest/globals';
import { aDrillEvent, aRestoreEvent } from '@havun/domain/testing';
import type { ReadModel } from '../index.js';
import { drillStream, Log, restoreStream } from './history.js';
import { aDrill, aRestore } from './restores-and-drills.js';

const severalRestores = (): Log => {
  const log = new Log();
  log.appendAll(restoreStream('restore-1'), aRestore(0, 'havunadmin', 'undone'));
  log.appendAll(restoreStream('restore-2'), aRestore(1, 'havunadmin', 'failed', { kind: 'test' }));
  log.appendAll(
    restoreStream('restore-3'),
    aRestore(2, 'havunmcp', 'completed', { kind: 'folder', path: '/srv/look' }),
  );
  log.appendAll(restoreStream('restore-4'), aRestore(3, 'havunadmin', 'running'));
  log.appendAll(drillStream('drill-1'), aDrill(0, 'havunadmin', 'passed'));
  log.appendAll(drillStream('drill-2'), aDrill(100, 'havunadmin', 'failed'));
  log.appendAll(drillStream('drill-3'), aDrill(101, 'havunmcp', 'passed'));
  log.appendAll(drillStream('drill-4'), aDrill(102, 'havunadmin', 'running'));
  return log;
};

/** What every database must keep of restores and drills. */
export function restoresContract(current: () => ReadModel): void {
  describe('restores', () => {
    beforeEach(() => current().project(severalRestores().events));

    it('have the columns of the plan once they have ended', async () => {
      const [row] = await current().queries.restoreLogs({ project: 'havunmcp', limit: 9 });
      expect(row).toEqual({
        id: expect.any(Number),
        project: 'havunmcp',
        backup_name: '2025-11-21-03-00-00-havunadmin',
        restore_date: '2025-01-03T09:00:06.000Z',
        restore_type: 'archive',
        restored_by: 'henk',
        restore_reason: 'An invoice was lost',
        status: 'success',
        error_message: null,
        created_at: '2025-01-03T09:00:06.000Z',
      });
      const [ended] = await current().queries.auditLog({ streamId: 'restore-3', type: 'RestoreCompleted', limit: 1 });
      expect(row?.id).toBe(ended?.position);
    });

    it('are listed with the newest first, each once, whatever became of them later', async () => {
      const { restoreLogs } = current().queries;
      const rows = async (filter: Parameters<typeof restoreLogs>[0]) =>
        (await restoreLogs(filter)).map(({ restore_type: type, status }) => `${type} ${status}`);
      expect(await rows({ limit: 9 })).toEqual(['archive success', 'test failed', 'production success']);
      expect(await rows({ project: 'havunadmin', limit: 1 })).toEqual(['test failed']);
      expect(await rows({ project: 'Havunadmin', limit: 1 })).toEqual([]);
    });
  });

  describe('drills', () => {
    beforeEach(() => current().project(severalRestores().events));

    it('have the columns of the plan once they have ended', async () => {
      const [row] = await current().queries.drillLogs({ project: 'havunadmin', quarter: '2025-Q1', limit: 9 });
      expect(row).toEqual({
        id: expect.any(Number),
        project: 'havunadmin',
        test_quarter: '2025-Q1',
        test_date: '2025-01-01T04:00:02.000Z',
        backup_tested: '2025-11-21-03-00-00-havunadmin',
        test_result: 'pass',
        test_report: expect.stringMatching(
          /^Running quarterly backup test for: havunadmin\n[^]*✅[^]*Test Result: SUCCESS\n/,
        ),
        checked_items: {
          download: true,
          checksum: true,
          extract: true,
          database: true,
          tables: true,
          files: true,
          cleanup: true,
        },
        created_at: '2025-01-01T04:00:02.000Z',
      });
    });

    it('are listed with the newest first, of a project or a quarter', async () => {
      const { drillLogs } = current().queries;
      const rows = async (filter: Parameters<typeof drillLogs>[0]) =>
        (await drillLogs(filter)).map(({ project, test_result: result }) => `${project} ${result}`);
      expect(await rows({ limit: 9 })).toEqual(['havunmcp pass', 'havunadmin fail', 'havunadmin pass']);
      expect(await rows({ quarter: '2025-Q2', limit: 9 })).toEqual(['havunmcp pass', 'havunadmin fail']);
      expect(await rows({ project: 'havunadmin', limit: 1 })).toEqual(['havunadmin fail']);
      expect(await rows({ project: 'havunadmin', quarter: '2024-Q4', limit: 1 })).toEqual([]);
    });
  });

  it('a restore and a drill end once also where each event comes in a batch of its own', async () => {
    const model = current();
    const log = new Log();
    log.appendAll(restoreStream('restore-1'), aRestore(0, 'havunadmin', 'completed'));
    log.append(restoreStream('restore-1'), aRestoreEvent('RestoreFailed'));
    log.appendAll(drillStream('drill-1'), aDrill(0, 'havunadmin', 'failed'));
    log.append(drillStream('drill-1'), aDrillEvent('DrillPassed'));
    for (const event of log.events) await model.project([event]);
    expect(await model.queries.restoreLogs({ limit: 9 })).toMatchObject([{ status: 'success' }]);
    expect(await model.queries.drillLogs({ limit: 9 })).toMatchObject([{ test_result: 'fail' }]);
  });

  it('what a column can not take is cut, so that one odd restore does not stop the rest', async () => {
    const model = current();
    const log = new Log();
    const long = '🔥'.repeat(40_000);
    const odd = { project: 'p'.repeat(60), restoredBy: 'h'.repeat(300), reason: long };
    log.append(restoreStream('odd'), aRestoreEvent('RestoreRequested', odd));
    log.append(restoreStream('odd'), aRestoreEvent('RestoreFailed', { message: long }));
    const step = { step: 'tables', result: 'failed', durationMs: 1, detail: long } as const;
    log.append(drillStream('odd'), aDrillEvent('DrillRequested'));
    log.append(drillStream('odd'), aDrillEvent('DrillFailed', { project: odd.project, steps: [step] }));
    await model.project(log.events);
    const [restore] = await model.queries.restoreLogs({ limit: 9 });
    expect([restore?.project.length, restore?.restored_by?.length]).toEqual([50, 255]);
    for (const text of [restore?.restore_reason, restore?.error_message])
      expect(Array.from(text ?? '')).toHaveLength(16_000);
    const [drill] = await model.queries.drillLogs({ limit: 9 });
    expect([drill?.project.length, Array.from(drill?.test_report ?? '').length]).toEqual([50, 16_000]);
  });
}
