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
  /** Describes an error for an event. */
  readonly failure: (error: unknown) => Failure;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Pick<RunProgress, 'activity' | 'storage' | 'doneBytes' | 'totalBytes'>) => void;
  /** Called with details for a person, names of files included: for the service's log, and not for an event. */
  readonly onTrouble: (error: unknown, message: string) => void;
}
