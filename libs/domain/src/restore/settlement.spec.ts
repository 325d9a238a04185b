import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../decider.js';
import { aRestoreEvent } from '../testing/restore-events.js';
import { specificationFor } from '../testing/specification.js';
import type { RestoreCommand } from './commands.js';
import { restoreDecider } from './decider.js';
import type { RestoreEvent } from './events.js';
import { awaitsSettlement, isRestoreEnded } from './state.js';

const { given } = specificationFor(restoreDecider);
const now = '2025-11-22T09:00:02.000Z';
const completed = aRestoreEvent('RestoreCompleted');
const undoRequested = aRestoreEvent('RestoreUndoRequested');
const confirmRequested = aRestoreEvent('RestoreConfirmRequested');
const done = [
  aRestoreEvent('RestoreRequested'),
  aRestoreEvent('SafetyBackupMade'),
  aRestoreEvent('RestoreStarted'),
  aRestoreEvent('ArchiveFetched'),
  aRestoreEvent('SwitchStarted'),
] as const;
const kept = [...done, completed] as const;
const keepsNothing = [...done, aRestoreEvent('RestoreCompleted', { kept: { paths: 0, databases: [] } })];

const command = (type: RestoreCommand['type'], data: object = {}): RestoreCommand =>
  ({ type, now, ...data }) as unknown as RestoreCommand;
const requestUndo = command('RequestUndo', undoRequested.data);
const requestConfirmation = command('RequestConfirmation', confirmRequested.data);
const undone = aRestoreEvent('RestoreUndone', { at: now, durationSeconds: 2 });
const confirmed = aRestoreEvent('RestoreConfirmed', { at: now, durationSeconds: 2 });
const failed = (what: 'undo' | 'confirm') => aRestoreEvent('RestoreSettlementFailed', { at: now, what });
const { what: _, ...failure } = failed('undo').data;
const fail = command('RecordSettlementFailure', failure);

describe('an undo', () => {
  it('is asked for once, and done once', () => {
    given(...kept)
      .when(requestUndo)
      .then({ ...undoRequested, at: now });
    given(...kept, undoRequested)
      .when(requestUndo)
      .thenNothing();
    given(...kept, undoRequested)
      .when(command('RecordUndo'))
      .then(undone);
    given(...kept, undoRequested, undone)
      .when(requestUndo)
      .thenNothing();
    given(...kept, undoRequested, undone)
      .when(command('RecordUndo'))
      .thenNothing();
  });

  it('that did not succeed may be asked for again, and so may a confirmation in its place', () => {
    given(...kept, undoRequested)
      .when(fail)
      .then(failed('undo'));
    const back = [...kept, undoRequested, failed('undo')];
    given(...back)
      .when(requestUndo)
      .then({ ...undoRequested, at: now });
    given(...back)
      .when(requestConfirmation)
      .then({ ...confirmRequested, at: now });
    expect(fold(restoreDecider, back)).toMatchObject({ status: 'completed', failure: { code: 'CHECKSUM_MISMATCH' } });
  });
});

describe('a confirmation', () => {
  it('is asked for once, and done once', () => {
    given(...kept)
      .when(requestConfirmation)
      .then({ ...confirmRequested, at: now });
    given(...kept, confirmRequested)
      .when(requestConfirmation)
      .thenNothing();
    given(...kept, confirmRequested)
      .when(command('RecordConfirmation'))
      .then(confirmed);
    given(...kept, confirmRequested, confirmed)
      .when(command('RecordConfirmation'))
      .thenNothing();
  });

  it('that did not succeed leaves no undo, for part of what was kept may be gone', () => {
    const back = [...kept, confirmRequested, failed('confirm')];
    given(...kept, confirmRequested)
      .when(fail)
      .then(failed('confirm'));
    given(...back)
      .when(requestUndo)
      .thenRefused('CONFIRMATION_BEGUN');
    given(...back)
      .when(requestConfirmation)
      .then({ ...confirmRequested, at: now });
  });
});

describe('what can be neither undone nor confirmed', () => {
  it('is what the other was asked of', () => {
    given(...kept, undoRequested)
      .when(requestConfirmation)
      .thenRefused('NOTHING_KEPT');
    given(...kept, undoRequested, undone)
      .when(requestConfirmation)
      .thenRefused('NOTHING_KEPT');
    given(...kept, confirmRequested)
      .when(requestUndo)
      .thenRefused('NOTHING_KEPT');
    given(...kept, confirmRequested, confirmed)
      .when(requestUndo)
      .thenRefused('NOTHING_KEPT');
  });

  it('is a restore that keeps nothing, has failed, or still runs', () => {
    for (const history of [keepsNothing, [...done, aRestoreEvent('RestoreFailed')], done, []] as RestoreEvent[][]) {
      for (const wish of [requestUndo, requestConfirmation]) {
        given(...history)
          .when(wish)
          .thenRefused('NOTHING_KEPT');
      }
      given(...history)
        .when(command('RecordUndo'))
        .thenNothing();
      given(...history)
        .when(fail)
        .thenNothing();
    }
  });
});

it('a restore waits for its settlement from its end on until that was made', () => {
  const waits = (...events: RestoreEvent[]) => awaitsSettlement(fold(restoreDecider, events));
  expect([waits(...done), waits(...keepsNothing)]).toEqual([false, false]);
  expect([waits(...kept), waits(...kept, undoRequested), waits(...kept, confirmRequested)]).toEqual([true, true, true]);
  expect(waits(...kept, undoRequested, failed('undo'))).toBe(true);
  expect([waits(...kept, undoRequested, undone), waits(...kept, confirmRequested, confirmed)]).toEqual([false, false]);
});

describe('any order of commands', () => {
  const { durationSeconds: _c, ...completion } = completed.data;
  const { durationSeconds: _f, ...restoreFailure } = aRestoreEvent('RestoreFailed').data;
  const anyCommand = fc.constantFrom<RestoreCommand>(
    command('RequestRestore', aRestoreEvent('RestoreRequested').data),
    command('RecordSafetyBackup', aRestoreEvent('SafetyBackupMade').data),
    command('StartRestore', { runner: 'runner-2', maxAttempts: 3 }),
    command('RejectCopy', aRestoreEvent('CopyRejected').data),
    command('RejectCopy', aRestoreEvent('CopyRejected', { storage: 'hetzner' }).data),
    command('RecordFetch', aRestoreEvent('ArchiveFetched').data),
    command('RecordStaging', aRestoreEvent('FilesStaged').data),
    command('RecordImport', aRestoreEvent('DatabaseImported').data),
    command('StartSwitch', aRestoreEvent('SwitchStarted').data),
    command('CompleteRestore', completion),
    command('FailRestore', restoreFailure),
    requestUndo,
    command('RecordUndo'),
    requestConfirmation,
    command('RecordConfirmation'),
    fail,
  );
  /** Most random orders of commands lead nowhere, so some start with a restore that can be switched or settled. */
  const anyBeginning = fc.constantFrom<readonly RestoreEvent[]>([], done.slice(0, 4), done, kept);

  const historyOf = (beginning: readonly RestoreEvent[], commands: readonly RestoreCommand[]): RestoreEvent[] => {
    const history = [...beginning];
    for (const next of commands) {
      const decision = restoreDecider.decide(next, fold(restoreDecider, history));
      if (decision.kind === 'event') history.push(decision.event);
    }
    return history;
  };
  const anyRestore = fc.tuple(anyBeginning, fc.array(anyCommand, { maxLength: 40 })).map((args) => historyOf(...args));
  const count = (history: RestoreEvent[], ...types: RestoreEvent['type'][]): number =>
    history.filter(({ type }) => types.includes(type)).length;

  it('ends a restore at most once, and complete only where there was an archive', () => {
    fc.assert(
      fc.property(anyRestore, (history) => {
        const ends = count(history, 'RestoreCompleted', 'RestoreFailed');
        expect(ends).toBeLessThanOrEqual(1);
        if (ends === 0) expect(isRestoreEnded(fold(restoreDecider, history))).toBe(false);
        if (count(history, 'RestoreCompleted') > 0) expect(count(history, 'ArchiveFetched')).toBeGreaterThan(0);
      }),
    );
  });

  it('never both undoes and confirms, nor undoes once a confirmation was asked for', () => {
    fc.assert(
      fc.property(anyRestore, (history) => {
        expect(count(history, 'RestoreUndone') + count(history, 'RestoreConfirmed')).toBeLessThanOrEqual(1);
        const confirming = history.findIndex(({ type }) => type === 'RestoreConfirmRequested');
        if (confirming >= 0) expect(count(history.slice(confirming), 'RestoreUndoRequested', 'RestoreUndone')).toBe(0);
      }),
    );
  });

  it('lets nothing follow the switch but another start, and its completion or failure', () => {
    fc.assert(
      fc.property(anyRestore, (history) => {
        const began = history.findIndex(({ type }) => type === 'SwitchStarted');
        if (began < 0) return;
        const next = history.slice(began + 1).find(({ type }) => type !== 'RestoreStarted');
        expect(['RestoreCompleted', 'RestoreFailed', undefined]).toContain(next?.type);
      }),
    );
  });
});
