import { workLeaseKey, type Leases } from '@havun/coordination';
import { restoresAndTheirBackups, type RetentionDeps } from './retention-context.js';

/** Drills that use the same backup share the lease. */
const owner = 'a drill';

const useKey = (backupId: string): string => workLeaseKey(backupId, 'use');

/**
 * Lets a drill use the copies of a backup: retention deletes none of them meanwhile. A restore needs no such thing, as the log
 * says what it uses.
 *
 * A user takes the lease (a restore is on record) and looks at the copies after that; retention records `DeletionStarted`, which
 * takes a copy out of use, and looks at the users after that. Whichever comes first, one of the two sees the other: the user
 * takes another copy, or the deletion is abandoned.
 * @param use is given a signal that aborts where the lease was lost
 */
export async function usingBackup<Result>(
  leases: Pick<Leases, 'acquire'>,
  backupId: string,
  use: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const acquisition = await leases.acquire(useKey(backupId), owner, { shared: true });
  if (acquisition.kind === 'held') throw new Error(`usingBackup: ${acquisition.by.owner} holds ${backupId} alone`);
  try {
    return await use(acquisition.lease.signal);
  } finally {
    await acquisition.lease.release();
  }
}

/** Who uses a backup now: the name of a restore, or a drill; undefined where nobody does. */
export async function userOf(
  deps: Pick<RetentionDeps, 'store' | 'config'> & { readonly leases: Pick<Leases, 'peek'> },
  project: string,
  backupId: string,
): Promise<string | undefined> {
  const { inUse } = await restoresAndTheirBackups(deps, project);
  return inUse.get(backupId) ?? (await deps.leases.peek(useKey(backupId)))?.owner;
}
