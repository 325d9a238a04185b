import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RecordedEvent, StreamId } from '@havun/domain';
import { aBackupEvent, aDrillEvent, aRestoreEvent } from '@havun/domain/testing';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { runLine, type RunLine } from './run-line.js';
import { BackupRuns } from './runs.js';

const stream = (category: StreamId['category']): StreamId => ({ host: 'local', category, id: randomUUID() });
const backup = { name: '2025-11-21-03-00-00-shop', project: 'shop' };

describe('the line of a run in the log', () => {
  it.each([
    [aBackupEvent('BackupStarted'), 'info', /^backup 2025-11-21-03-00-00-shop: started$/],
    [aBackupEvent('BackupCompleted', { status: 'success' }), 'info', /: success after \d+ s$/],
    [aBackupEvent('BackupCompleted', { status: 'partial' }), 'warn', /: partial after \d+ s$/],
    [aBackupEvent('BackupFailed', { code: 'DISK_FULL' }), 'error', /: failed \(\w+\): .* \[DISK_FULL\]$/],
    [aBackupEvent('VerificationFailed'), 'warn', /: the verification in \S+ failed: /],
    [aBackupEvent('CopyHeldUp'), 'warn', /: the copy waits for /],
    [aBackupEvent('ArchiveCreated'), 'debug', /: ArchiveCreated$/],
  ] as const)('of $type has a level and says what happened', (event, level, text) => {
    expect(runLine(event, stream('backup'), backup)).toMatchObject({
      level,
      text: expect.stringMatching(text),
      run: { kind: 'backup', ...backup, event: event.type },
    });
  });

  it.each([
    [aRestoreEvent('RestoreStarted'), 'info', /^restore-2025-11-21-04-00-00-shop: started/],
    [aRestoreEvent('RestoreCompleted'), 'info', /: completed after/],
    [aRestoreEvent('RestoreFailed'), 'error', /: failed \(/],
    [aRestoreEvent('RestoreUndone'), 'info', /: undone in/],
    [aRestoreEvent('RestoreConfirmed'), 'info', /: confirmed: what was kept is removed/],
    [aRestoreEvent('RestoreSettlementFailed'), 'error', /: the (undo|confirmation) failed: /],
    [aRestoreEvent('SwitchStarted'), 'debug', /: SwitchStarted$/],
  ] as const)('of $type is that of a restore', (event, level, text) => {
    const subject = { name: 'restore-2025-11-21-04-00-00-shop', project: 'shop' };
    expect(runLine(event, stream('restore'), subject)).toMatchObject({ level, text: expect.stringMatching(text) });
  });

  it('of a drill names the project, as a drill has no name', () => {
    const drill = stream('drill');
    expect(runLine(aDrillEvent('DrillStarted'), drill, { project: 'shop' }).text).toBe('drill of shop: started');
    expect(runLine(aDrillEvent('DrillPassed'), drill, { project: 'shop' })).toMatchObject({ level: 'info' });
    expect(runLine(aDrillEvent('DrillFailed'), drill, { project: 'shop' })).toMatchObject({ level: 'error' });
  });

  it('of a kind of run that has no words of its own has them by the name of its event', () => {
    const of = { host: 'local', category: 'retention', id: randomUUID() } as const;
    const line = (type: string, data: object) => runLine({ type, at: '', data }, of, { project: 'shop' }).text;
    expect(line('CleanupStarted', { attempt: 1 })).toBe('cleanup of shop: started');
    expect(line('ReconciliationCompleted', { durationSeconds: 3 })).toBe('reconciliation of shop: completed after 3 s');
    expect(line('CleanupFailed', { code: 'X', message: 'it broke' })).toBe('cleanup of shop: failed: it broke [X]');
  });

  it('of a kind of run that is to come has a level by its name', () => {
    const levelOf = (type: string) => runLine({ type, at: '', data: {} }, stream('backup'), backup).level;
    expect(['SweepStarted', 'SweepCompleted', 'SweepFailed', 'CopyMoved'].map(levelOf)).toEqual([
      'info',
      'info',
      'error',
      'debug',
    ]);
  });
});

it('every event that a service records of a run is told once', async () => {
  const lines: RunLine[] = [];
  const store = new InMemoryEventStore();
  const [ids, clock] = [{ uuid: () => randomUUID() }, { now: () => new Date('2025-11-21T02:05:00.000Z') }];
  const onRecorded = (line: RunLine): void => void lines.push(line);
  const runs = new BackupRuns({ store, clock, ids, scrub: (text) => text, service: 'runner', onRecorded });
  const run = stream('backup');
  const requested = { id: randomUUID(), event: aBackupEvent('BackupRequested'), correlationId: run.id, source: 'cli' };
  await store.append(run, requested, 'no-stream');
  const [cause] = (await store.read(run)) as [RecordedEvent];
  await runs.record(cause, { type: 'StartBackup', runner: 'one', maxAttempts: 3 });
  const failure = { type: 'FailBackup', stage: 'archive', code: 'X', message: 'it broke', remedy: 'x' } as const;
  await runs.record(cause, failure);
  await runs.record(cause, failure);
  const { name } = aBackupEvent('BackupRequested').data;
  expect(lines.map(({ text }) => text)).toEqual([
    `backup ${name}: started`,
    `backup ${name}: failed (archive): it broke [X]`,
  ]);
});
