// What a restore does with a project's files, as data: planned, staged, switched, and kept until a person confirms.
import type { SourceProblem } from '../errors.js';
import type { SourceDetails, SourceWarning } from '../source.js';

/** What the manifest of a backup says about its source, as far as a restore needs it. */
export type BackedUp = Pick<SourceDetails, 'type' | 'include' | 'databases'>;

export type TreeKind = 'folder' | 'file' | 'link';

/** A part of the archive, and where in an item it goes: a folder with all below it, a file, or a link. */
export interface TreePart {
  /** Name in the archive. */
  name: string;
  /** Path in the project; '.env' for the archive's env-backup.txt. */
  path: string;
  /** Where it lies in the item, relative; '' when it is the item. */
  at: string;
}

/** One thing that is put in place, or moved away, by one rename. */
export interface TreeItem {
  /** Path in the project; '' is its root, which is made anew where it is missing. */
  path: string;
  /** Absolute, with every link resolved: a link that leads there stays. */
  live: string;
  action: 'add' | 'replace' | 'remove';
  kind: TreeKind;
  /** What the backup has for it; several parts where the folders above them are missing and come with the item. */
  parts: TreePart[];
  files: number;
  bytes: number;
  /** What lies there now. */
  present?: { kind: TreeKind | 'other'; files: number; bytes: number };
  /** Links inside the item that stay as they are, as what they lead to is an item of its own. */
  links: { at: string; target: string }[];
  /** Everything with the same key can be renamed into each other: one file system, mounted in one place. */
  disk: string;
}

export interface TreePlan {
  /** The project's folder, with every link resolved. */
  root: string;
  /** In the order in which they are switched. None lies inside another. */
  items: TreeItem[];
  /** Archive names inside of parts that are left out, as their content comes with another item. */
  leftOut: string[];
  /** Plaintext that is to be staged, all disks together. */
  files: number;
  bytes: number;
  /** What each disk has to take before anything is freed. */
  disks: { folder: string; needed: number; free: number }[];
  /** Everything that would fail the restore, collected at once. Empty when `stageTrees` would begin now. */
  problems: SourceProblem[];
  warnings: SourceWarning[];
}

/** One item, ready. `staged` is missing where the item is only moved away. */
export interface TreeMove {
  staged?: string;
  live: string;
  /** Where that which is live goes: beside it, under a dated name. */
  kept: string;
  /** Whether something was live when the plan was made. */
  replaces: boolean;
}

/** Everything that is to be put in place, complete and checked, on the disks where it goes. */
export interface StagedTrees {
  /** Tells one restore from another in the names of what it leaves, e.g. 20251122031000. */
  token: string;
  moves: TreeMove[];
  /** Folders that hold what is staged: removed in the end. */
  staging: string[];
  entries: number;
  bytes: number;
  /** Links that lead out of the project and are not there today with the same target: a person may make them again. */
  linksLeftOut: { path: string; target: string }[];
}

/** `open`: some moves may be done. `switched`: the backup is live, the old is kept. `undone`: the old is live. */
export type JournalState = 'open' | 'switched' | 'undone' | 'confirmed';

/** What survives a crash: read it to know which state the files are in, and what may be done next. */
export interface TreeJournal {
  version: 1;
  token: string;
  state: JournalState;
  moves: TreeMove[];
  staging: string[];
}
