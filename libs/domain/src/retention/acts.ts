import { localCopy } from '../backup/state.js';
import { archivePath } from '../naming.js';
import type { KeptBackup, RetentionAct } from './kept-backup.js';
import { verifiedOffsite, type LyingCopy, type SeenBackup } from './seen.js';

/** A {@link RetentionAct} as the rules want it; where the copy lies is in the backup. `notBefore`: milliseconds. */
export type DueAct =
  | { readonly kind: 'move'; readonly copy: LyingCopy }
  | { readonly kind: 'delete-hot'; readonly copy: LyingCopy; readonly keeps: string }
  | { readonly kind: 'propose'; readonly notBefore: number }
  | { readonly kind: 'delete'; readonly copy: LyingCopy };

const none: readonly DueAct[] = [];

/** With the paths of the copies, as the log knows them. */
export function withPaths(act: DueAct, { state }: KeptBackup): RetentionAct[] {
  if (act.kind === 'propose') return [{ kind: 'propose', notBefore: new Date(act.notBefore).toISOString() }];
  const { storage, tier } = act.copy;
  const copy = state.archived?.copies.get(storage);
  const path = copy && copy.state !== 'expected' ? copy.path : undefined;
  if (path === undefined) return [];
  const { project, name } = state.request;
  switch (act.kind) {
    case 'move':
      return [{ kind: 'move', storage, from: path, to: archivePath(project, name) }];
    case 'delete-hot':
      return [{ kind: 'delete-hot', storage, path, keeps: act.keeps }];
    case 'delete':
      return [{ kind: 'delete', storage, path, tier }];
  }
}

/** Each verified offsite copy at the hot place goes to the archive; the others stay where they are. */
export function moves({ copies }: SeenBackup): DueAct[] {
  const acts: DueAct[] = [];
  for (const copy of copies) {
    if (copy.storage !== localCopy && copy.tier === 'hot' && copy.state === 'verified') {
      acts.push({ kind: 'move', copy });
    }
  }
  return acts;
}

/**
 * The local hot copy goes where an offsite one is verified. It stays while a copy is on its way: that one is made from it.
 * One whose deletion was begun goes on.
 */
export function deleteLocalHot(seen: SeenBackup): DueAct[] {
  const keeps = verifiedOffsite(seen);
  const local = seen.copies.find(isLocalHot);
  if (keeps === undefined || !local || (local.state !== 'removing' && seen.isOnItsWay)) return [];
  return [{ kind: 'delete-hot', copy: local, keeps }];
}

/** Every copy goes, the verified offsite ones last: where it stops in between, what is left is good, and is gone on with. */
export const deleteAll = ({ copies }: SeenBackup): DueAct[] =>
  [...copies].sort((one, other) => worth(one) - worth(other)).map(deleteCopy);

/** What was begun and nothing wants now goes on all the same: whether the file is still there is not known. */
export function goOn(seen: SeenBackup): readonly DueAct[] {
  if (!seen.copies.some(isBegun)) return none;
  const begun = seen.copies.filter(isBegun);
  return [
    ...begun.filter((copy) => !isLocalHot(copy)).map(deleteCopy),
    ...(begun.some(isLocalHot) ? deleteLocalHot(seen) : []),
  ];
}

const isBegun = ({ state }: LyingCopy): boolean => state === 'removing';
export const isLocalHot = ({ storage, tier }: LyingCopy): boolean => storage === localCopy && tier === 'hot';

const deleteCopy = (copy: LyingCopy): DueAct => ({ kind: 'delete', copy });

const worth = ({ storage, state }: LyingCopy): number =>
  (state === 'verified' ? 2 : state === 'present' ? 1 : 0) * 2 + (storage === localCopy ? 0 : 1);
