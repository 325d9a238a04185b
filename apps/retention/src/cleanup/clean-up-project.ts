import { retentionPolicy, type HavunConfig } from '@havun/config';
import {
  planRetention,
  type Clock,
  type DeliveredEvent,
  type Ids,
  type KeptBackup,
  type PlannedBackup,
} from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import type { Leases } from '@havun/coordination';
import type { Logger } from '@havun/service-kit';
import type { Storages } from '@havun/storage';
import { projectRetention, retentionContext, userOf, type BackupRuns } from '@havun/use-cases';
import { policyOnRecord } from './acting-policy.js';
import { allowedByBatch } from './batch.js';
import { CleanupActs } from './cleanup-acts.js';
import { ReachedStorages } from './reached-storages.js';
import { Scene } from './scene.js';
import { Tally, type CleanupResult } from './tally.js';

export interface CleanupDeps {
  readonly config: HavunConfig;
  readonly store: EventStore;
  readonly leases: Pick<Leases, 'peek'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly storages: Storages;
  readonly runs: BackupRuns;
  readonly logger: Logger;
  /** Which program appends. */
  readonly source: string;
}

export interface CleanupJob {
  readonly cause: DeliveredEvent;
  readonly project: string;
  /** All ended ones, as the tables have them, the oldest first. They tell what to do; the log decides on each act. */
  readonly backups: readonly KeptBackup[];
  readonly signal: AbortSignal;
}

/** Cleans one project up: decides which policy acts, plans, and carries out. */
export async function cleanUpProject(deps: CleanupDeps, job: CleanupJob): Promise<CleanupResult> {
  const { config, clock, storages, runs, logger } = deps;
  const { cause, project, backups, signal } = job;
  const retention = await projectRetention(deps, project);
  const context = await retentionContext(deps, project, retention);
  const asking = { ...deps, cause, project };
  const configured = retentionPolicy(config, project);
  const policy = await policyOnRecord(asking, { retention, configured, backups, context });
  const plan = planRetention(backups, policy, context);
  const mayDelete = await allowedByBatch(asking, { retention, policy, plan });
  const tally = new Tally();
  const scene = new Scene({
    cause,
    runs,
    storages: new ReachedStorages(storages, signal),
    policy,
    backups,
    now: () => clock.now().toISOString(),
    retention: () => projectRetention(deps, project),
    userOf: (backupId) => userOf(deps, project, backupId),
  });
  const acts = new CleanupActs({
    scene,
    tally,
    mayDelete,
    signal,
    onFailure: (error, backup, act) => {
      logger.warn(
        { err: error, backup: backup.name, act: act.kind },
        'a clean-up could not do this; the next one tries',
      );
    },
  });
  await acts.carryOut(plan);
  return tally.result(plan.filter(hasCopies).length);
}

const hasCopies = ({ rule }: PlannedBackup): boolean => rule !== 'no-copies';
