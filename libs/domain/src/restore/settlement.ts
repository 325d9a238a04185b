import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import { secondsBetween } from '../seconds-between.js';
import type { RestoreCommand } from './commands.js';
import type { RestoreEvent } from './events.js';
import { holdUpOf, isUnfinished, keepsAnything, type RestoreState } from './state.js';

type Settlement = Extract<
  RestoreCommand,
  { type: 'RequestUndo' | 'RequestConfirmation' | 'RecordUndo' | 'RecordConfirmation' | 'RecordSettlementFailure' }
>;

/** What was kept is put back or removed: one of the two, and once. */
export function decideSettlement(command: Settlement, state: RestoreState): Decision<RestoreEvent> {
  switch (command.type) {
    case 'RequestUndo': {
      if (state.status === 'undone' || (state.status === 'undoing' && !holdUpOf(state))) {
        return nothingToDo('it is undone, or about to be');
      }
      if (holdUpOf(state)) return decided(eventFrom('RestoreUndoRequested', command));
      if (isUnfinished(state)) return decided(eventFrom('RestoreUndoRequested', command));
      if (state.status !== 'completed' || !keepsAnything(state.completed)) return nothingKept('undone', state);
      if (state.failure?.what === 'confirm') return refused(partlyRemoved);
      return decided(eventFrom('RestoreUndoRequested', command));
    }
    case 'RequestConfirmation': {
      if (state.status === 'confirming' || state.status === 'confirmed') {
        return nothingToDo('it is confirmed, or about to be');
      }
      if (state.status !== 'completed' || !keepsAnything(state.completed)) return nothingKept('confirmed', state);
      return decided(eventFrom('RestoreConfirmRequested', command));
    }
    case 'RecordUndo':
      if (state.status !== 'undoing') return nothingToDo(`the restore is ${state.status}`);
      return decided({
        type: 'RestoreUndone',
        at: command.now,
        data: { durationSeconds: secondsBetween(state.since, command.now) },
      });
    case 'RecordConfirmation':
      if (state.status !== 'confirming') return nothingToDo(`the restore is ${state.status}`);
      return decided({
        type: 'RestoreConfirmed',
        at: command.now,
        data: { durationSeconds: secondsBetween(state.since, command.now) },
      });
    case 'RecordSettlementFailure': {
      if (state.status !== 'undoing' && state.status !== 'confirming') {
        return nothingToDo(`the restore is ${state.status}`);
      }
      const what = state.status === 'undoing' ? 'undo' : 'confirm';
      return decided({ type: 'RestoreSettlementFailed', at: command.now, data: { what, ...dataOf(command) } });
    }
  }
}

const partlyRemoved = {
  code: 'CONFIRMATION_BEGUN',
  message: "This restore was confirmed, and part of what it had kept may be gone, so that it can't be undone",
  remedy:
    'Confirm it again, which removes the rest. The way back to the state before it is a restore of its safety backup.',
};

const nothingKept = (wanted: string, state: RestoreState): Decision<never> =>
  refused({
    code: 'NOTHING_KEPT',
    message:
      state.status === 'completed'
        ? `This restore keeps nothing, so that it can't be ${wanted}`
        : `A restore that is ${state.status} can't be ${wanted}`,
    remedy: 'See the restores of a project, and what they keep, with: havun restore:list --project=<name>',
  });
