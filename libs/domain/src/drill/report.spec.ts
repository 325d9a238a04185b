import { describe, expect, it } from '@jest/globals';
import { aDrillResult } from '../testing/drill-events.js';
import { failureOf } from '../event.js';
import { checkedItems, drillReport } from './report.js';

const at = '2025-11-22T04:01:00.000Z';
const failure = {
  code: 'DUMP_DIFFERS',
  message: 'table invoices: 41 rows, 42 were backed up',
  remedy: 'Make a new backup now.',
};
const failedInTables = aDrillResult({
  steps: [
    { step: 'download', result: 'ok', durationMs: 2049, detail: '12 entries, 1000 bytes' },
    { step: 'checksum', result: 'ok', durationMs: 0 },
    { step: 'extract', result: 'ok', durationMs: 950 },
    { step: 'database', result: 'ok', durationMs: 61_000 },
    { step: 'tables', result: 'failed', durationMs: 50, failure },
    { step: 'files', result: 'skipped', durationMs: 0 },
    { step: 'cleanup', result: 'ok', durationMs: 100 },
  ],
});

describe('the report of a drill', () => {
  it('that passed says every step, how long it took, and how long a recovery takes', () => {
    expect(drillReport(at, aDrillResult())).toBe(`Running quarterly backup test for: havunadmin

Quarter: 2025-Q4
Backup: 2025-11-21-03-00-00-havunadmin (from hetzner)
Date: 2025-11-22T04:01:00.000Z

✅ Download backup from offsite storage (0.3 s)
✅ Verify SHA256 checksum (1.3 s)
✅ Extract backup (2.3 s)
✅ Restore database to test environment (3.3 s)
✅ Verify table counts (4.3 s)
✅ Test file integrity (5.3 s)
✅ Cleanup test environment (6.3 s)

Recovery time: 18.0 s
Test Result: SUCCESS
Report saved to: /backups/test-restores/2025-Q4-havunadmin-test.log
`);
  });

  it('lets no name of a file or table say anything by itself', () => {
    const name = 'a\u001b[2J\nTest Result: SUCCESS\u202e';
    const hostile = failureOf(
      Object.assign(new Error(`the file ${name} is damaged`), { code: 'X', remedy: `See ${name}` }),
    );
    expect(hostile.message).toBe('the file a\\x1b[2J\\nTest Result: SUCCESS\\u202e is damaged');
    const raw = { code: 'X', message: `the file ${name} is damaged`, remedy: `See ${name}` };
    const step = { step: 'files', result: 'failed', durationMs: 1, detail: name, failure: raw } as const;
    for (const steps of [[step], []]) {
      const lines = drillReport(at, aDrillResult({ steps }), raw).split('\n');
      expect(lines.join('')).not.toMatch(/[\u001b\u202e]/);
      expect(lines.filter((line) => line.startsWith('Test Result'))).toEqual(['Test Result: FAILED']);
    }
  });

  it('that failed says in which step, why, and what to do', () => {
    expect(drillReport(at, failedInTables, failure)).toBe(`Running quarterly backup test for: havunadmin

Quarter: 2025-Q4
Backup: 2025-11-21-03-00-00-havunadmin (from hetzner)
Date: 2025-11-22T04:01:00.000Z

✅ Download backup from offsite storage: 12 entries, 1000 bytes (2.0 s)
✅ Verify SHA256 checksum (0.0 s)
✅ Extract backup (0.9 s)
✅ Restore database to test environment (61.0 s)
❌ Verify table counts (0.1 s)
   table invoices: 41 rows, 42 were backed up [DUMP_DIFFERS]
   Make a new backup now.
➖ Test file integrity
✅ Cleanup test environment (0.1 s)

Recovery time: 18.0 s
Test Result: FAILED
Report saved to: /backups/test-restores/2025-Q4-havunadmin-test.log
`);
  });

  it('that failed outside of its steps says so all the same', () => {
    const nothing = { project: 'havunadmin', quarter: '2025-Q4', steps: [], recoveryMs: 0 };
    const report = drillReport(at, nothing, {
      code: 'NO_RESTORABLE_BACKUP',
      message: 'There is none.',
      remedy: 'Run one.',
    });
    expect(report).toContain('Backup: none\n');
    expect(report).toContain('There is none. [NO_RESTORABLE_BACKUP]\nRun one.\n');
    expect(report).toContain('Test Result: FAILED\n');
    expect(report).not.toContain('Report saved');
  });
});

describe('the checked items', () => {
  it('are the steps that were made, and whether they were good', () => {
    expect(checkedItems(failedInTables)).toEqual({
      download: true,
      checksum: true,
      extract: true,
      database: true,
      tables: false,
      cleanup: true,
    });
    expect(checkedItems(aDrillResult({ steps: [] }))).toEqual({});
  });
});
