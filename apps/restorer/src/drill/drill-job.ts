import type { HavunConfig } from '@havun/config';
import type { RunProgress } from '@havun/coordination';
import type { ChosenBackup, Clock, Failure } from '@havun/domain';
import type { Storages } from '@havun/storage';

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
  readonly onProgress: (progress: Pick<RunProgress, 'activity' | 'storage' | 'doneBytes' | 'totalBytes'>) => void;
  /** Told what a person may want to look at, with names of files: for the log of the runner, and no event. */
  readonly onTrouble: (error: unknown, message: string) => void;
}
