import type { HavunConfig } from '@havun/config';
import type { RestoreSelection, RestoreTarget } from '@havun/domain';
import type { OpenedBackup } from '../open-backup.js';
import type { Need } from './room.js';

/** The inputs of a plan. */
export interface PlanOptions {
  readonly config: HavunConfig;
  readonly project: string;
  readonly target: RestoreTarget;
  readonly selection: RestoreSelection;
  readonly opened: OpenedBackup;
  /** Distinguishes this restore from every other: see `tokenOf`. */
  readonly token: string;
  /** Whether to count the rows of the live database, which reads all of it. */
  readonly countRows: boolean;
  /** The folder for short-lived credentials. */
  readonly scratch?: string;
  /** Where a restore to a folder writes down what it puts there. Absent for a look beforehand. */
  readonly journal?: string;
  /** Room that is taken before the restore itself starts. */
  readonly alsoNeeds?: readonly Need[];
  readonly signal?: AbortSignal;
}
