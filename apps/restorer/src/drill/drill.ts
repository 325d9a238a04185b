import type { HavunConfig } from '@havun/config';
import type { ChosenBackup, Clock, DrillResult, Failure } from '@havun/domain';
import type { Storages } from '@havun/storage';
import type { RunProgress } from '@havun/coordination';
import { DrillWork } from './drill-work.js';
import { StepLog } from './step-log.js';

export interface DrillJob {
  readonly drillId: string;
  readonly project: string;
  readonly quarter: string;
  readonly backup: ChosenBackup;
  readonly config: HavunConfig;
  readonly storages: Storages;
  /** The folder for short-lived files, such as credentials. */
  readonly scratch: string;
  readonly clock: Clock;
  /** Turns an error into words for an event. */
  readonly failure: (error: unknown) => Failure;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Pick<RunProgress, 'stage' | 'storage' | 'doneBytes' | 'totalBytes'>) => void;
  /** Told what a person may want to look at, with names of files: for the log of the runner, and no event. */
  readonly onTrouble: (error: unknown, message: string) => void;
}

export interface DrillOutcome {
  readonly result: DrillResult;
  /** Absent where every step was good. */
  readonly failure?: Failure;
}

/**
 * Restores a backup beside production, checks what came of it, and removes it again. Whatever goes wrong becomes a step
 * that has failed; whatever happens, what was made is removed.
 * @throws only the abort's reason
 */
export async function runDrill(job: DrillJob): Promise<DrillOutcome> {
  const steps = new StepLog(job.clock, job.failure, job.signal);
  const work = new DrillWork(job);
  const begun = job.clock.now().getTime();
  try {
    await steps.take('download', () => work.download());
    await steps.take('checksum', () => work.checkArchive());
    await steps.take('extract', () => work.extract());
    await steps.take('database', () => work.importDatabases());
    await steps.take('tables', () => work.compareTables());
    await steps.take('files', () => work.checkFiles());
  } catch (reason) {
    await work.cleanUp().catch((error: unknown) => {
      job.onTrouble(error, 'a drill was stopped and could not remove what it had made: the next one does');
    });
    throw reason;
  }
  const recoveryMs = Math.max(0, job.clock.now().getTime() - begun);
  const recovered = steps.failure === undefined;
  await steps.always('cleanup', () => work.cleanUp());
  const { failure } = steps;
  const { project, quarter, backup } = job;
  return {
    result: {
      project,
      quarter,
      backup: { id: backup.id, name: backup.name },
      ...(work.storage !== undefined && { storage: work.storage }),
      steps: steps.results,
      recoveryMs: recovered ? recoveryMs : 0,
    },
    ...(failure && { failure }),
  };
}
