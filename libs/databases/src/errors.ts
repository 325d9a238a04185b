/** Why a database could not be dumped or restored. Stable across releases. */
export type DatabaseErrorCode =
  | 'CLIENT_MISSING'
  | 'ACCESS_DENIED'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_MISSING'
  | 'DATABASE_DAMAGED'
  | 'TABLE_DAMAGED'
  | 'MISSING_PRIVILEGE'
  | 'ROLE_MISSING'
  | 'DUMP_INCOMPLETE'
  | 'DUMP_FAILED'
  | 'OTHER_KIND'
  | 'NEWER_DUMP'
  | 'DUMP_UNSAFE'
  | 'STATEMENT_TOO_LONG'
  | 'IMPORT_FAILED'
  | 'DATABASE_EXISTS'
  | 'DATABASE_IN_USE'
  | 'INCOMING_MISSING'
  | 'KEPT_MISSING'
  | 'UNDO_BEGUN'
  | 'SWAP_FAILED'
  | 'NAME_NOT_OURS'
  | 'SERVER_NOT_STARTED'
  | 'DISK_FULL';

/** One reason why a database cannot be dumped or restored as configured, with what a person should do about it. */
export interface DatabaseProblem {
  code: DatabaseErrorCode;
  message: string;
  remedy: string;
  /** The same run may succeed later without any change. */
  retryable: boolean;
  /** The name of the database, or the path of its file. */
  path?: string;
}

/**
 * A database that can't be dumped or restored. `code`, `retryable` and `remedy` are those of the first of `problems`; the message
 * names all of them. Contains no secret: messages of database servers are scrubbed first.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  readonly retryable: boolean;
  readonly remedy: string;
  readonly problems: readonly DatabaseProblem[];

  constructor(
    problems: DatabaseProblem | readonly [DatabaseProblem, ...DatabaseProblem[]],
    options?: { cause?: unknown },
  ) {
    const all = 'code' in problems ? ([problems] as const) : problems;
    super(all.map((problem) => problem.message).join('; '), options);
    this.code = all[0].code;
    this.retryable = all.every((problem) => problem.retryable);
    this.remedy = [...new Set(all.map((problem) => problem.remedy))].join(' ');
    this.problems = all;
  }
}
