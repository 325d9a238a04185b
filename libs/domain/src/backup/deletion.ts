import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { placeOfPath } from '../naming.js';
import { holdsInForce } from '../retention/hold.js';
import type { DeletionCommand, ProposeDeletion, StartDeletion } from './commands.js';
import type { BackupEvent } from './events.js';
import { refuseDeletion } from './deletion-refusals.js';
import { unknownCopy } from './refusals.js';
import { withCopy, type Copies, type Copy, type EndedBackup } from './state.js';

export type DeletionEvent = Extract<
  BackupEvent,
  {
    type:
      | 'DeletionProposed'
      | 'DeletionStarted'
      | 'DeletionAbandoned'
      | 'HotCopyDeleted'
      | 'ArchiveDeleted'
      | 'DeletionRefused';
  }
>;

/**
 * A copy is deleted in two steps. `DeletionStarted` takes it out of use; from then on nobody begins to read it. Whoever deletes
 * looks once more whether somebody has begun before that, and deletes or abandons. So no order of the two lets a restore lose
 * its copy.
 */
export function decideDeletion(command: DeletionCommand, state: EndedBackup): Decision<BackupEvent> {
  switch (command.type) {
    case 'ProposeDeletion':
      return decideProposal(command, state);
    case 'StartDeletion':
      return decideStart(command, state);
    case 'AbandonDeletion':
      if (copyAt(state, command)?.state !== 'removing') return nothingToDo('no deletion of this copy was begun');
      return decided(eventFrom('DeletionAbandoned', command));
    case 'RecordDeletion': {
      const copy = copyAt(state, command);
      if (copy?.state !== 'removing') return nothingToDo('no deletion of this copy was begun');
      const { storage, path } = command;
      const data = { storage, path, rule: copy.rule, reason: copy.reason };
      return decided({ type: copy.tier === 'hot' ? 'HotCopyDeleted' : 'ArchiveDeleted', at: command.now, data });
    }
  }
}

function decideProposal(command: ProposeDeletion, state: EndedBackup): Decision<BackupEvent> {
  const isWaiting = state.deletion !== undefined && command.now <= state.deletion.notBefore;
  if (isWaiting) return nothingToDo('its deletion is proposed');
  const refusal = refuseDeletion({ ...command, storage: undefined, keeps: undefined, tier: 'archive' }, state);
  if (refusal) return refused(refusal);
  const { facts: _facts, ...data } = dataOf(command);
  return decided({ type: 'DeletionProposed', at: command.now, data });
}

function decideStart(command: StartDeletion, state: EndedBackup): Decision<BackupEvent> {
  const { now, storage, path, tier, rule } = command;
  const copy = state.archived?.copies.get(storage);
  if (!copy || copy.state === 'expected') return refused(unknownCopy(command));
  if (copy.state === 'removing' || copy.state === 'removed' || copy.path !== path) {
    return nothingToDo(`the copy in ${storage} is ${copy.state}`);
  }
  if (placeOfPath(path)?.tier !== tier) return refused(otherTier(path, tier));
  const refusal = refuseDeletion(command, state);
  if (!refusal) {
    const { facts: _facts, keeps: _keeps, ...data } = dataOf(command);
    return decided({ type: 'DeletionStarted', at: now, data });
  }
  if (state.refusals?.[storage] === refusal.code) return refused(refusal);
  return decided({ type: 'DeletionRefused', at: now, data: { storage, path, tier, rule, ...refusal } });
}

export function evolveDeletion(state: EndedBackup, event: DeletionEvent): EndedBackup {
  switch (event.type) {
    case 'DeletionProposed': {
      const { rule, reason, notBefore } = event.data;
      return { ...state, deletion: { rule, reason, notBefore, proposedAt: event.at } };
    }
    case 'DeletionStarted': {
      const { storage, path, tier, rule, reason } = event.data;
      const copy = copyAt(state, event.data);
      const was = copy && whatItWas(copy);
      if (!was) return state;
      return withoutRefusal(
        changed(state, storage, { state: 'removing', path, at: event.at, tier, rule, reason, was }),
        storage,
      );
    }
    case 'DeletionAbandoned': {
      const copy = copyAt(state, event.data);
      if (copy?.state !== 'removing') return state;
      return changed(state, event.data.storage, { ...copy.was, path: copy.path });
    }
    case 'HotCopyDeleted':
    case 'ArchiveDeleted': {
      const { storage, path, rule } = event.data;
      if (copyAt(state, event.data)?.state !== 'removing') return state;
      const after = changed(state, storage, { state: 'removed', path, at: event.at, rule });
      return isGone(after.archived?.copies) ? withoutProposal(after) : after;
    }
    case 'DeletionRefused':
      return { ...state, refusals: { ...state.refusals, [event.data.storage]: event.data.code } };
  }
}

/** Of a damaged copy that is deleted, too. */
function whatItWas(copy: Copy) {
  switch (copy.state) {
    case 'present':
    case 'verified':
      return { state: copy.state, at: copy.at };
    case 'failed':
      return { state: copy.state, failure: copy.failure, at: copy.at };
    case 'expected':
    case 'removing':
    case 'removed':
      return undefined;
  }
}

/** Whether it had copies, and none of them lies anywhere any more. Those that never came don't count. */
const isGone = (copies: Copies | undefined): boolean =>
  [...(copies ?? [])].every(([, copy]) => copy.state === 'removed' || pathOf(copy) === undefined);

const pathOf = (copy: Copy): string | undefined => (copy.state === 'expected' ? undefined : copy.path);

function copyAt(state: EndedBackup, { storage, path }: { storage: string; path: string }): Copy | undefined {
  const copy = state.archived?.copies.get(storage);
  return copy && copy.state !== 'expected' && copy.path === path ? copy : undefined;
}

const changed = (state: EndedBackup, storage: string, copy: Copy): EndedBackup =>
  state.archived
    ? { ...state, archived: { ...state.archived, copies: withCopy(state.archived.copies, storage, copy) } }
    : state;

function withoutProposal({ deletion: _deletion, ...rest }: EndedBackup): EndedBackup {
  return rest;
}

function withoutRefusal(state: EndedBackup, storage: string): EndedBackup {
  if (state.refusals?.[storage] === undefined) return state;
  const { [storage]: _refusal, ...refusals } = state.refusals;
  return { ...state, refusals };
}

const otherTier = (path: string, tier: string): Failure => ({
  code: 'OTHER_TIER',
  message: `${path} is not in ${tier} storage`,
  remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
});

/** The holds of the backup itself that are in force. */
export const holdsOf = (state: EndedBackup, now: string) => holdsInForce(state.holds, now);
