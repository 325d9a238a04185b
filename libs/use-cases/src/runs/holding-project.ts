import { projectLeaseKey, type Leases } from '@havun/coordination';

/**
 * Keeps the project's lease alive for a backup while a stage of it is worked on (D8). Stages of one backup share it; a
 * forced backup beside another goes without. The lease stays when the stage ends: the next one takes it on, or
 * `leases.endRun` frees it.
 */
export async function holdingProject<Result>(
  leases: Leases,
  project: string,
  backupId: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const acquisition = await leases.acquire(projectLeaseKey(project), backupId, { shared: true });
  try {
    return await work();
  } finally {
    if (acquisition.kind === 'acquired') await acquisition.lease.release();
  }
}
