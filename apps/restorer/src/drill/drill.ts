import type { DrillResult, Failure } from '@havun/domain';
import type { DrillJob } from './drill-job.js';
import { DrillWork } from './drill-work.js';
import { StepLog } from './step-log.js';

export type { DrillJob } from './drill-job.js';

export interface DrillOutcome {
  readonly result: DrillResult;
  /** Absent where every step succeeded. */
  readonly failure?: Failure;
}

/**
 * Restores a backup beside production, checks the result, and removes it again. Any failure becomes a failed step. In every case,
 * what was made is removed.
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
