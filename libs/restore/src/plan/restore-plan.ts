// What a restore would do, as data: printed before it is asked for, and carried out by the restorer.
import type { RestoreSelection } from '@havun/domain';
import type { TreePlan } from '@havun/sources';
import type { DatabaseJob } from '../databases.js';
import { refuse, type Problem } from '../problem.js';
import type { RestorePlace } from '../target.js';

export interface RestorePlan {
  readonly items: readonly PlannedItem[];
  /** Everything that would fail the restore, as far as it can be seen now. */
  readonly problems: readonly Problem[];
  /** What does not stop it, and is worth knowing. */
  readonly warnings: readonly PlanWarning[];
  /** What there is to carry out. Absent where it could not be worked out, which is a problem then. */
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
  /** `unknown` for a database that could not be looked at. */
  readonly action: 'add' | 'replace' | 'remove' | 'unknown';
  readonly now?: Amount;
  readonly then?: Amount;
  /** The name under which what is there now is kept, where it is kept; `<time>` stands for the moment of the restore. */
  readonly kept?: string;
}

/** `rows` is absent where nobody counted them. */
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

/** What a plan has to carry out. @throws Refused with its problems */
export function workOf({ problems, work }: RestorePlan): RestoreWork {
  refuse(problems);
  if (!work) throw new Error('A plan without problems has work');
  return work;
}
