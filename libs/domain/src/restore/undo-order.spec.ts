import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { aRestoreEvent } from '../testing/restore-events.js';
import { restoreDecider } from './decider.js';
import type { RestoreEvent, RestoreTarget } from './events.js';
import { refuseUndo, type NamedRestore } from './undo-order.js';

const completed = [
  aRestoreEvent('RestoreStarted'),
  aRestoreEvent('ArchiveFetched'),
  aRestoreEvent('SwitchStarted'),
  aRestoreEvent('RestoreCompleted'),
] as const;
const undoAsked = aRestoreEvent('RestoreUndoRequested');

function restore(name: string, events: readonly RestoreEvent[], target: RestoreTarget = { kind: 'production' }) {
  const requested = aRestoreEvent('RestoreRequested', { name, target, safetyBackup: false });
  return { name, state: fold(restoreDecider, [requested, ...events]) } as NamedRestore;
}
const earlier = restore('earlier', completed);
const answer = (...later: NamedRestore[]) => refuseUndo(earlier, later);

describe('the undo of a restore', () => {
  it('has nothing in its way where it is the latest', () => {
    expect(answer()).toBeUndefined();
  });

  it('comes after that of every later one that keeps what it has replaced', () => {
    const refusal = answer(restore('last', completed), restore('second', [...completed, undoAsked]));
    expect(refusal).toMatchObject({
      code: 'LATER_RESTORE',
      message: "earlier can't be undone before the later last, second",
      remedy: expect.stringContaining('havun restore:undo last'),
    });
  });

  it('waits for a later one that has not ended', () => {
    expect(answer(restore('last', [aRestoreEvent('RestoreStarted')]))?.remedy).toMatch(/^Wait until last has ended/);
  });

  it('does not mind what has failed, is undone or confirmed, keeps nothing, or has another target', () => {
    const keepsNothing = aRestoreEvent('RestoreCompleted', { kept: { paths: 0, databases: [] } });
    expect(
      answer(
        restore('failed', [aRestoreEvent('RestoreFailed')]),
        restore('undone', [...completed, undoAsked, aRestoreEvent('RestoreUndone')]),
        restore('confirmed', [
          ...completed,
          aRestoreEvent('RestoreConfirmRequested'),
          aRestoreEvent('RestoreConfirmed'),
        ]),
        restore('empty', [...completed.slice(0, 3), keepsNothing]),
        restore('elsewhere', completed, { kind: 'test' }),
      ),
    ).toBeUndefined();
  });
});
