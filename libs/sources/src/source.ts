// The port: what a backup run needs from a project, whatever its type and wherever its database lives.
import type { ArchiveEntry } from '@havun/archive';
import type {
  DatabaseDetails,
  DatabaseMissing,
  DatabaseServerConfig,
  DatabaseType,
  DatabaseWarning,
} from '@havun/databases';
import type { ProjectInclude, ProjectPaths, ProjectTypeName } from './config.js';
import type { SourceErrorCode, SourceProblem } from './errors.js';

export interface ProjectSourceConfig {
  name: string;
  type: ProjectTypeName;
  paths: ProjectPaths;
  include: ProjectInclude;
  /** The resolved `paths.server`. Needed when a database is included, except for a Node app's JSON databases. */
  server?: DatabaseServerConfig;
}

export type SourceWarningCode =
  | DatabaseWarning['code']
  | 'VANISHED'
  | 'GREW'
  | 'SHRANK'
  | 'CHANGED'
  | 'SKIPPED_SPECIAL_FILE'
  | 'NAME_NOT_UTF8'
  | 'NAME_ENCODED'
  | 'RENAMED'
  | 'OPTIONAL_PATH_MISSING'
  | 'ENV_FILE_MISSING'
  | 'VERSION_UNREADABLE'
  | 'LINK_LEADS_OUT'
  | 'LINK_MISSING'
  | 'NOT_JSON';

/** Something that a person who restores this backup must know, although the backup is valid. */
export interface SourceWarning {
  code: SourceWarningCode;
  message: string;
  /** Path relative to the project's root, or a table's name. */
  path?: string;
}

/** Something that was asked for and is not in the archive, or not whole: the backup is partial (D20). */
export interface MissingPart extends Omit<SourceWarning, 'code'> {
  code: DatabaseMissing['code'] | SourceErrorCode | 'PATH_TOO_LONG';
  remedy: string;
  /** A path of the configuration, or the name of a table or database: it may go into the log. A file below them may not (D4). */
  name?: string;
}

/** What is said while a source is read. Only what is missing has a remedy. */
export type Finding = SourceWarning | MissingPart;
export const isMissing = (finding: Finding): finding is MissingPart => 'remedy' in finding;

/** The versions in the project's files. `php` and `node` are what the project requires, as it is written there. */
export interface SourceVersions {
  laravel?: string;
  php?: string;
  node?: string;
  package?: string;
  git_commit?: string;
}

/** The versions that are installed on this machine, such as 8.2.36; absent where not used, or not found. */
export interface SourceRuntimes {
  php?: string;
  node?: string;
}

export type IncludeKind = 'files' | 'config' | 'git' | 'json-database';

/** One configured path or glob and what it selects. */
export interface IncludedPath {
  path: string;
  kind: IncludeKind;
  optional: boolean;
  /**
   * The real place, where a symbolic link leads to the path or to the folder that the glob starts from. Links are followed at
   * this level only.
   */
  followed?: string;
  /** A glob whose wildcards also took names that begin with a dot. Earlier backups do not have it. */
  dot_files?: boolean;
}
export interface PlannedPath extends IncludedPath {
  files: number;
  bytes: number;
}

export interface PlannedDatabase {
  name: string;
  kind: DatabaseType;
  server_version: string;
  client: string;
  client_version: string;
  tables: number;
  views: number;
  /** The server's own estimate; a dump is often larger. */
  estimated_bytes: number;
}

export interface SourcePlan {
  project: string;
  type: ProjectTypeName;
  paths: PlannedPath[];
  /** Entries with content: files, and the dump if there is one. */
  files: number;
  bytes: number;
  database?: PlannedDatabase;
  versions: SourceVersions;
  /** Everything that would fail the run. Empty when `open` would succeed now. */
  problems: SourceProblem[];
  /** Everything that the archive would lack: the run would be partial. Of unreadable files the first few. */
  missing: MissingPart[];
  warnings: SourceWarning[];
}

/** Goes into the archive's manifest. */
export interface SourceDetails {
  project: string;
  type: ProjectTypeName;
  include: IncludedPath[];
  databases: DatabaseDetails[];
  versions: SourceVersions;
  runtimes: SourceRuntimes;
  warnings: SourceWarning[];
  missing: MissingPart[];
}

export interface OpenSource {
  readonly estimate: { files: number; bytes: number };
  /**
   * Every entry of the archive but the manifest. Call it once. An entry's `open()` is called at most once, in any order, before
   * `close()`. Files are opened before they are yielded, so consume entries as they come. The dump's iterable ends normally only
   * when the dump has proven complete; otherwise it throws.
   */
  entries(): AsyncIterable<ArchiveEntry>;
  /** Call after every entry was consumed. */
  details(): SourceDetails;
  /** Ends the dump client, removes its credentials file, closes every file. Safe to call at any time, and more than once. */
  close(): Promise<void>;
}

export interface ProjectSource {
  /** Reads only. Throws only when aborted. */
  plan(options?: { signal?: AbortSignal }): Promise<SourcePlan>;
  /** @throws SourceError for everything that `plan` reports as a problem, before an archive is started. */
  open(options?: { signal?: AbortSignal }): Promise<OpenSource>;
}
