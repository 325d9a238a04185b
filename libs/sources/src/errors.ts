import type { DatabaseErrorCode } from '@havun/databases';

/** Why a project or its database could not be read, or its files not be restored. Stable across releases. */
export type SourceErrorCode =
  | DatabaseErrorCode
  | 'ROOT_MISSING'
  | 'PATH_MISSING'
  | 'PATH_OUTSIDE_ROOT'
  | 'PATH_UNREADABLE'
  | 'PATTERN_NEGATED'
  | 'ENV_FILE_MISSING'
  | 'GIT_ELSEWHERE'
  | 'NOTHING_INCLUDED'
  | 'DATABASE_NOT_CONFIGURED'
  | 'NOTHING_SELECTED'
  | 'NOT_A_FOLDER'
  | 'NOT_WRITABLE'
  | 'MOUNT_POINT'
  | 'PATHS_OVERLAP'
  | 'DISK_FULL'
  | 'FOLDER_NOT_EMPTY'
  | 'FOLDER_NOT_OURS'
  | 'IN_THE_WAY'
  | 'KEPT_MISSING'
  | 'RESTORE_UNDECIDED'
  | 'RESTORE_FAILED';

/** One reason why a project cannot be backed up as configured, with what a person should do about it. */
export interface SourceProblem {
  code: SourceErrorCode;
  message: string;
  remedy: string;
  /** The same run may succeed later without any change. */
  retryable: boolean;
  /** The configured path or the database name that has the problem. */
  path?: string;
}

/**
 * A project that cannot be read. `code`, `retryable` and `remedy` speak for the first of `problems`; the
 * message names all of them. Contains no secret: words of database servers are scrubbed before they get here.
 */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly retryable: boolean;
  readonly remedy: string;
  readonly problems: readonly SourceProblem[];

  constructor(problems: SourceProblem | readonly [SourceProblem, ...SourceProblem[]], options?: { cause?: unknown }) {
    const all = 'code' in problems ? ([problems] as const) : problems;
    super(all.map((problem) => problem.message).join('; '), options);
    this.code = all[0].code;
    this.retryable = all.every((problem) => problem.retryable);
    this.remedy = [...new Set(all.map((problem) => problem.remedy))].join(' ');
    this.problems = all;
  }
}
