import { projectLeaseKey, type Leases } from '@havun/coordination';

/**
 * Keeps the project's lease for a backup while one of its stages works (D8). The stages of one backup share it; a forced backup
 * beside another has none. The lease stays when the stage ends: the next stage takes it over, or `leases.endRun` frees it.
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
