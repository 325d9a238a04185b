import { eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { RequestRetry } from './commands.js';
import { dueCopies, type Due } from './copies.js';
import type { BackupEvent } from './events.js';
import { archiveLacks, hasAll } from './missing.js';
import { archivedIn, isEnded, localCopy, type BackupState, type Copies, type Copy } from './state.js';

/**
 * What is missing of a backup is uploaded and verified once more. Of one whose every copy is verified there is nothing to do: what
 * its archive lacks is in none of them.
 */
export function decideRetry(command: RequestRetry, state: BackupState): Decision<BackupEvent> {
  const archived = archivedIn(state);
  if (isEnded(state) && !archived) return refused(noArchive(state.request.name));
  if (!archived) return refused(stillRunning);
  const next = retried(state, archived.copies);
  const changes = [...next].some(([storage, copy]) => copy !== archived.copies.get(storage));
  if (!changes && isEnded(state) && dueCopies(state).length === 0 && !hasAll(archived.archive)) {
    return refused(archiveLacks(state.request.name, archived.archive));
  }
  if (!changes) return nothingToDo('nothing is missing, or it is on its way');
  return decided(eventFrom('BackupRetryRequested', command));
}

export function evolveRetry(state: BackupState): BackupState {
  if (state.status === 'distributing') return { ...state, copies: retried(state, state.copies) };
  if (!isEnded(state) || !state.archived) return state;
  return { ...state, archived: { ...state.archived, copies: retried(state, state.archived.copies) } };
}

/** The copies with those on their way that are not verified; a copy that nothing changes about stays the same object. */
function retried(state: BackupState, copies: Copies): Copies {
  const due = new Map(dueCopies(state));
  const policy = isEnded(state) ? state.request.policy.copies : [];
  return new Map(
    [...new Set([...policy, ...copies.keys()])].flatMap((storage): [string, Copy][] => {
      const [known, onItsWay] = [copies.get(storage), due.get(storage)];
      const next = onItsWay ? atOnce(onItsWay) : isEnded(state) ? again(storage, known) : known;
      return next ? [[storage, next]] : [];
    }),
  );
}

/** On its way already: only no longer held up. */
function atOnce(copy: Due): Copy {
  const { heldUp, ...rest } = copy;
  return heldUp ? rest : copy;
}

/** What lies there is read back, and so is the copy on this machine, which the others are made from; the others are carried. */
function again(storage: string, copy: Copy | undefined): Copy {
  if (copy?.state === 'verified' || copy?.state === 'removing' || copy?.state === 'removed') return copy;
  if (copy?.state === 'present') return { ...copy, retrying: true };
  if (storage === localCopy && copy?.state === 'failed' && copy.path !== undefined) {
    return { state: 'present', path: copy.path, at: copy.at, retrying: true };
  }
  return { state: 'expected', retrying: true };
}

const noArchive = (name: string) => ({
  code: 'NO_ARCHIVE',
  message: `${name} has no archive that could be uploaded or verified`,
  remedy: 'Make a new backup: havun backup:run --project=<name>',
});

const stillRunning = {
  code: 'STILL_RUNNING',
  message: 'The archive of this backup is still being made, so that nothing of it can be tried again',
  remedy: 'Wait for its end, or end it with: havun backup:cancel <name>',
};
