import { describe, expect, it } from '@jest/globals';
import { aRestoreEvent } from '@havun/domain/testing';
import { restoreOutcome } from '@havun/use-cases';
import { restoreSummary } from './restore-summary.js';

const name = 'restore-2025-11-22-03-10-00-havunadmin';
const production = { kind: 'production' } as const;
const request = aRestoreEvent('RestoreRequested');
const safety = aRestoreEvent('SafetyBackupMade', { name: '2025-11-22-03-10-00-havunadmin', status: 'success' });
const completed = (paths: number, databases: string[]) =>
  aRestoreEvent('RestoreCompleted', { kept: { paths, databases }, durationSeconds: 75 });

describe('the last words of a restore', () => {
  it('say what is kept, and how to remove it or go back', () => {
    const text = restoreSummary(name, production, restoreOutcome([request, safety, completed(3, ['kept_admin'])])).join(
      '\n',
    );
    expect(text).toContain(`${name}: completed after 1 min 15 s`);
    expect(text).toContain('3 paths and the database kept_admin');
    expect(text).toContain(`havun restore:confirm ${name}`);
    expect(text).toContain(`havun restore:undo ${name}`);
  });

  it('offer no way back where nothing was replaced', () => {
    const folder = { kind: 'folder', path: '/srv/look' } as const;
    const text = restoreSummary(name, folder, restoreOutcome([request, completed(0, [])])).join('\n');
    expect(text).toContain('It lies in /srv/look.');
    expect(text).not.toContain('undo');
  });

  it('say of a failure why, what is there now, and what to do', () => {
    const failed = aRestoreEvent('RestoreFailed', { target: 'taken-back' });
    const text = restoreSummary(name, production, restoreOutcome([request, failed])).join('\n');
    expect(text).toContain(`[${failed.data.code}]`);
    expect(text).toContain('back in its place');
    expect(text).toContain(failed.data.remedy);
  });
});

describe('the outcome as JSON', () => {
  it('has the safety backup, what is kept, and the failure with what the target is', () => {
    expect(restoreOutcome([request, safety, completed(1, [])])).toMatchObject({
      status: 'completed',
      seconds: 75,
      safetyBackup: { name: '2025-11-22-03-10-00-havunadmin', status: 'success' },
      kept: { paths: 1, databases: [] },
    });
    expect(restoreOutcome([request, aRestoreEvent('RestoreFailed', { target: 'untouched' })])).toMatchObject({
      status: 'failed',
      failure: { target: 'untouched', code: expect.any(String), remedy: expect.any(String) },
    });
    expect(restoreOutcome([request])).toEqual({ status: 'running' });
  });
});
