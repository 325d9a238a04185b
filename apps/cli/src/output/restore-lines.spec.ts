import { describe, expect, it } from '@jest/globals';
import { restoreEventSchemas, type RestoreEventType } from '@havun/domain';
import { aRestoreEvent } from '@havun/domain/testing';
import { restoreOutcome } from '@havun/use-cases';
import { restoreSummary } from './restore-summary.js';
import { renderLine } from './run-lines.js';
import { describeRestoreEvent, describeSelection } from './restore-lines.js';

const textOf = (...event: Parameters<typeof aRestoreEvent>): string =>
  describeRestoreEvent(aRestoreEvent(...event)).text;

describe('the lines of a restore', () => {
  it('are there for every event', () => {
    for (const type of Object.keys(restoreEventSchemas) as RestoreEventType[]) {
      expect(textOf(type)).toMatch(/\w/);
      expect(textOf(type)).not.toMatch(/undefined|\[object/);
    }
  });

  it('tell who asked, for what, and why', () => {
    const text = textOf('RestoreRequested', { restoredBy: 'wim@web1', reason: 'orders lost' });
    expect(text).toContain('by wim@web1');
    expect(text).toContain('«orders lost»');
  });

  it('tell of a failure what the target is now, and what to do', () => {
    const untouched = describeRestoreEvent(aRestoreEvent('RestoreFailed', { stage: 'import', target: 'untouched' }));
    expect(untouched).toMatchObject({
      mark: 'failed',
      text: expect.stringMatching(/^Failed \(import\): .*all is as it was$/),
    });
    expect(untouched.remedy).not.toBe('');
    expect(textOf('RestoreFailed', { target: 'taken-back' })).toContain('back in its place');
    expect(textOf('RestoreFailed', { target: 'unclear' })).toContain('look before you go on');
  });

  it('warn of a copy that was passed over and of a safety backup that is partial', () => {
    expect(describeRestoreEvent(aRestoreEvent('CopyRejected')).mark).toBe('warning');
    expect(describeRestoreEvent(aRestoreEvent('SafetyBackupMade', { status: 'partial' })).mark).toBe('warning');
  });
});

describe('what is restored', () => {
  it('is said in words', () => {
    expect(describeSelection({ database: true, files: 'all', config: false })).toBe('the database and all files');
    expect(describeSelection({ database: true, files: ['a', 'b/*'], config: true })).toBe(
      'the database, the files a, b/* and .env',
    );
    expect(describeSelection({ database: false, files: 'none', config: true })).toBe('.env');
  });
});

describe('a message of several lines from elsewhere', () => {
  it('begins no line of its own', () => {
    const failed = aRestoreEvent('RestoreFailed', { message: 'refused\n✔ restore: completed' });
    expect(renderLine(describeRestoreEvent(failed))).not.toMatch(/^✔/m);
    const summary = restoreSummary(
      'r',
      { kind: 'production' },
      restoreOutcome([aRestoreEvent('RestoreRequested'), failed]),
    );
    expect(summary.join('\n')).not.toMatch(/^✔/m);
  });
});
