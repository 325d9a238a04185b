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

describe('a switch that is held up', () => {
  const heldUp = aRestoreEvent('SwitchHeldUp', { at: now });
  const holdUp = command('RecordHoldUp', heldUp.data);
  const unclear = aRestoreEvent('RestoreFailed', { stage: 'switch', target: 'unclear' });
  const asked = { ...undoRequested, at: now };

  it('says so once for each reason, and is not begun again meanwhile', () => {
    given(...done)
      .when(holdUp)
      .then(heldUp);
    given(...done, heldUp)
      .when(holdUp)
      .thenNothing();
    given(...done, heldUp)
      .when(command('RecordHoldUp', { ...heldUp.data, code: 'UNREACHABLE' }))
      .then(aRestoreEvent('SwitchHeldUp', { at: now, code: 'UNREACHABLE' }));
    given(...done, heldUp)
      .when(command('StartRestore', { runner: 'runner-2', maxAttempts: 1 }))
      .thenNothing();
    given(...done.slice(0, 4))
      .when(holdUp)
      .thenNothing();
    const again = aRestoreEvent('SwitchHeldUp', { at: '2025-11-22T10:00:00.000Z', code: 'UNREACHABLE' });
    expect(fold(restoreDecider, [...done, heldUp, again])).toMatchObject({
      heldUp: { since: now, reason: again.data },
    });
  });

  it('is taken back when its undo is asked for, and that undo may be held up in turn', () => {
    given(...done, heldUp)
      .when(requestUndo)
      .then(asked);
    given(...done, heldUp, undoRequested)
      .when(holdUp)
      .then(heldUp);
    given(...done, heldUp, undoRequested, heldUp)
      .when(requestUndo)
      .then(asked);
    given(...done, heldUp, undoRequested, heldUp)
      .when(command('RecordUndo'))
      .then(undone);
    given(...done, heldUp)
      .when(requestConfirmation)
      .thenRefused('NOTHING_KEPT');
  });

  it('and one that was given up as unclear, which its undo takes back as well', () => {
    given(...done, unclear)
      .when(requestUndo)
      .then(asked);
    given(...done, unclear, undoRequested)
      .when(command('RecordUndo'))
      .then(undone);
    given(...done, unclear, undoRequested)
      .when(fail)
      .then(failed('undo'));
    given(...done, unclear, undoRequested, failed('undo'))
      .when(requestUndo)
      .then(asked);
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

  it('is a restore that keeps nothing, has failed with its target as it was, or still runs', () => {
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
    command('RecordHoldUp', aRestoreEvent('SwitchHeldUp').data),
    command('FailRestore', { ...restoreFailure, takenBack: true }),
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
        const undoesUnfinished = count(history, 'SwitchHeldUp') > 0 && count(history, 'RestoreUndoRequested') > 0;
        if (ends === 0 && !undoesUnfinished) expect(isRestoreEnded(fold(restoreDecider, history))).toBe(false);
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

  it('lets nothing follow the switch but another start, its completion or failure, and an undo where it is held up', () => {
    fc.assert(
      fc.property(anyRestore, (history) => {
        const began = history.findIndex(({ type }) => type === 'SwitchStarted');
        if (began < 0) return;
        const after = history.slice(began + 1).filter(({ type }) => type !== 'RestoreStarted');
        const next = after.find(({ type }) => type !== 'SwitchHeldUp');
        const isHeldUp = after[0]?.type === 'SwitchHeldUp';
        const undo = isHeldUp ? ['RestoreUndoRequested'] : [];
        expect(['RestoreCompleted', 'RestoreFailed', ...undo, undefined]).toContain(next?.type);
      }),
    );
  });
});
