import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import type { HoldCommand, ReleaseHold } from './commands.js';
import type { BackupEvent } from './events.js';
import { outOfOrder } from './refusals.js';
import { isEnded, type BackupState } from './state.js';
import { placeHold, releaseHold, refuseRelease } from '../retention/holding.js';

export type HoldEvent = Extract<BackupEvent, { type: 'HoldPlaced' | 'HoldReleased' | 'DeletionCancelled' }>;

/** Holds act at once, in whatever state the backup is. */
export function decideHold(command: HoldCommand, state: BackupState): Decision<BackupEvent> {
  if (state.status === 'unknown') return outOfOrder(command, state);
  switch (command.type) {
    case 'PlaceHold': {
      if (state.holds?.some(({ id }) => id === command.holdId)) return nothingToDo('this hold is on record');
      const leaving = copiesLeaving(state);
      if (leaving.length > 0 && remaining(state) === 0) return refused(tooLate(state.request.name, leaving));
      return decided(eventFrom('HoldPlaced', command));
    }
    case 'ReleaseHold': {
      const refusal = refuseRelease(command, state.holds, state.request.name);
      return refusal ? refused(refusal) : decided({ type: 'HoldReleased', at: command.now, data: released(command) });
    }
    case 'CancelDeletion':
      if (!isEnded(state) || !state.deletion) return refused(noDeletion(state.request.name));
      return decided(eventFrom('DeletionCancelled', command));
  }
}

const released = (command: ReleaseHold) => {
  const { secondPerson: _secondPerson, ...data } = dataOf(command);
  return data;
};

export function evolveHold(state: BackupState, event: HoldEvent): BackupState {
  if (state.status === 'unknown') return state;
  switch (event.type) {
    case 'HoldPlaced':
      return { ...state, holds: placeHold(state.holds, event) };
    case 'HoldReleased':
      return { ...state, holds: releaseHold(state.holds, event) };
    case 'DeletionCancelled': {
      if (!isEnded(state)) return state;
      const { deletion: _deletion, ...rest } = state;
      return { ...rest, holds: placeHold(state.holds, event) };
    }
  }
}

const copiesOf = (state: BackupState) => (isEnded(state) ? [...(state.archived?.copies ?? [])] : []);

const copiesLeaving = (state: BackupState): string[] =>
  copiesOf(state).flatMap(([storage, { state: of }]) => (of === 'removing' || of === 'removed' ? [storage] : []));

const remaining = (state: BackupState): number =>
  copiesOf(state).filter(([, { state: of }]) => of === 'verified' || of === 'present').length;

const tooLate = (name: string, storages: readonly string[]): Failure => ({
  code: 'ALREADY_DELETED',
  message: `The copies of ${name} in ${storages.join(', ')} are deleted, or being deleted, and there is no other`,
  remedy: `See its history with «havun backup:show ${name}». What was deleted can't be held.`,
});

const noDeletion = (name: string): Failure => ({
  code: 'NO_DELETION_PROPOSED',
  message: `No deletion of ${name} is proposed`,
  remedy: 'See what is proposed with «havun deletion:list».',
});
