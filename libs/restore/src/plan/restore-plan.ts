// What a restore would do, as data: printed before the restore is requested, and carried out by the restorer.
import type { RestoreSelection } from '@havun/domain';
import type { TreePlan } from '@havun/sources';
import type { DatabaseJob } from '../databases.js';
import { refuse, type Problem } from '../problem.js';
import type { RestorePlace } from '../target.js';

export interface RestorePlan {
  readonly items: readonly PlannedItem[];
  /** Everything that would make the restore fail, as far as can be seen now. */
  readonly problems: readonly Problem[];
  /** Facts worth knowing that do not stop it. */
  readonly warnings: readonly PlanWarning[];
  /** The work. Absent where it could not be determined; then there is a problem that says so. */
  readonly work?: RestoreWork;
}

export interface PlanWarning {
  readonly code: string;
  readonly message: string;
}

/** One thing that is put in place or moved away. */
export interface PlannedItem {
  readonly what: 'files' | 'database';
  /** A path in the project, a folder, or the name of a database. */
  readonly name: string;
  /** `unknown` for a database that could not be examined. */
  readonly action: 'add' | 'replace' | 'remove' | 'unknown';
  readonly now?: Amount;
  readonly then?: Amount;
  /** The name under which the present content is kept, where it is kept; `<time>` stands for the time of the restore. */
  readonly kept?: string;
}

/** `rows` is absent where they were not counted. */
export type Amount =
  { readonly files: number; readonly bytes: number } | { readonly tables: number; readonly rows?: number };

export type RestoreWork = InPlaceWork | FolderWork;

export interface InPlaceWork {
  readonly kind: 'in-place';
  readonly place: RestorePlace;
  readonly token: string;
  /** Absent where no files are restored. */
  readonly trees?: TreePlan;
  readonly databases: readonly DatabaseJob[];
}

export interface FolderWork {
  readonly kind: 'folder';
  readonly path: string;
  readonly selection: RestoreSelection;
}

/** The work of a plan. @throws Refused with its problems */
export function workOf({ problems, work }: RestorePlan): RestoreWork {
  refuse(problems);
  if (!work) throw new Error('A plan without problems has work');
  return work;
}
