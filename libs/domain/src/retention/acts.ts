import { dueCopies } from '../backup/copies.js';
import { localCopy } from '../backup/state.js';
import { archivePath } from '../naming.js';
import type { RetentionAct } from './kept-backup.js';
import { offsite, type LyingCopy, type SeenBackup } from './seen.js';

/** Each verified offsite copy at the hot place goes to the archive; the others stay where they are. */
export function moves(seen: SeenBackup): RetentionAct[] {
  const { name, project } = seen.backup.state.request;
  return offsite(seen).flatMap(({ storage, path, tier, state }) =>
    tier === 'hot' && state === 'verified'
      ? [{ kind: 'move', storage, from: path, to: archivePath(project, name) } as const]
      : [],
  );
}

/**
 * The local hot copy goes where an offsite one is verified. It stays while a copy is on its way: that one is made from it.
 * One whose deletion was begun goes on.
 */
export function deleteLocalHot(seen: SeenBackup): RetentionAct[] {
  const keeps = offsite(seen).find(({ state }) => state === 'verified')?.storage;
  const local = seen.copies.find(({ storage, tier }) => storage === localCopy && tier === 'hot');
  if (keeps === undefined || !local || (local.state !== 'removing' && isOnItsWay(seen))) return [];
  return [{ kind: 'delete-hot', storage: local.storage, path: local.path, keeps }];
}

export const isOnItsWay = ({ backup }: SeenBackup): boolean => dueCopies(backup.state).length > 0;

/** Every copy goes, the verified offsite ones last: where it stops in between, what is left is good, and is gone on with. */
export const deleteAll = ({ copies }: SeenBackup): RetentionAct[] =>
  [...copies].sort((one, other) => worth(one) - worth(other)).map(deleteCopy);

/** What was begun and nothing wants now goes on all the same: whether the file is still there is not known. */
export function goOn(seen: SeenBackup): RetentionAct[] {
  const begun = seen.copies.filter(({ state }) => state === 'removing');
  const isLocalHot = ({ storage, tier }: LyingCopy): boolean => storage === localCopy && tier === 'hot';
  return [
    ...begun.filter((copy) => !isLocalHot(copy)).map(deleteCopy),
    ...(begun.some(isLocalHot) ? deleteLocalHot(seen) : []),
  ];
}

const deleteCopy = ({ storage, path, tier }: LyingCopy): RetentionAct => ({ kind: 'delete', storage, path, tier });

const worth = ({ storage, state }: LyingCopy): number =>
  (state === 'verified' ? 2 : state === 'present' ? 1 : 0) * 2 + (storage === localCopy ? 0 : 1);
