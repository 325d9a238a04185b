// What a restore does with a project's files, as data: planned, staged, switched, and kept until a person confirms.
import type { SourceProblem } from '../errors.js';
import type { SourceDetails, SourceWarning } from '../source.js';

/** What the manifest of a backup says about its source, for a restore. */
export type BackedUp = Pick<SourceDetails, 'type' | 'include' | 'databases'>;

export type TreeKind = 'folder' | 'file' | 'link';

/** A part of the archive and its place in an item: a folder with everything below it, a file, or a link. */
export interface TreePart {
  /** Name in the archive. */
  name: string;
  /** Path in the project; '.env' for the archive's env-backup.txt. */
  path: string;
  /** Its path relative to the item; '' when it is the item. */
  at: string;
}

/** One thing that a rename puts in place or moves away. */
export interface TreeItem {
  /** Path in the project; '' is its root, which is made again where it is missing. */
  path: string;
  /** Absolute and real: links on the way to it stay. */
  live: string;
  action: 'add' | 'replace' | 'remove';
  kind: TreeKind;
  /** Its content in the backup; several parts where missing folders above them come with the item. */
  parts: TreePart[];
  files: number;
  bytes: number;
  /** What lies there now. */
  present?: { kind: TreeKind | 'other'; files: number; bytes: number };
  /** Links inside the item that stay, because their content is an item of its own. */
  links: { at: string; target: string }[];
  /** Items with the same key can be renamed into each other's folders: one file system, mounted in one place. */
  disk: string;
}

export interface TreePlan {
  /** The project's folder, a real path. */
  root: string;
  /** In the order of the switch. None lies inside another. */
  items: TreeItem[];
  /** Archive names inside parts that are left out, because their content comes with another item. */
  leftOut: string[];
  /** Plaintext bytes to be staged, all disks together. */
  files: number;
  bytes: number;
  /** The bytes that each disk must hold before anything is freed. */
  disks: { folder: string; needed: number; free: number }[];
  /** Everything that would fail the restore. Empty when `stageTrees` would begin now. */
  problems: SourceProblem[];
  warnings: SourceWarning[];
}

/** One item that is ready. `staged` is absent where the item is only moved away. */
export interface TreeMove {
  staged?: string;
  live: string;
  /** The dated name beside it under which the live content is kept. */
  kept: string;
  /** Whether anything was live when the plan was made. */
  replaces: boolean;
}

/** Everything that goes in place, complete and checked, on the right disks. */
export interface StagedTrees {
  /** Distinguishes restores in the names that they leave, e.g. 20251122031000. */
  token: string;
  moves: TreeMove[];
  /** Folders that hold staged files; removed in the end. */
  staging: string[];
  entries: number;
  bytes: number;
  /** Links that lead out of the project and have no live link with the same target today. A person may make them again. */
  linksLeftOut: { path: string; target: string }[];
  /** Files that would have run as somebody else than today, and are without their set-id bits. */
  setIdsDropped: number;
}

/** `open`: some moves may be done. `switched`: the backup is live, the old files are kept. `undone`: the old files are live. */
export type JournalState = 'open' | 'switched' | 'undone' | 'confirmed';

/** Survives a crash. It tells which state the files are in, and what may be done next. */
export interface TreeJournal {
  version: 1;
  token: string;
  state: JournalState;
  moves: TreeMove[];
  staging: string[];
}
