// The driver of SQLite: Node's own. Where Node has none (or an early one), an equivalent package with a binary.
import { createRequire } from 'node:module';
import type { DatabaseSync, DatabaseSyncInstance, StatementSync } from '@photostructure/sqlite';
import { ReadModelError } from '../error.js';

export type { DatabaseSyncInstance };

interface Driver {
  DatabaseSync: typeof DatabaseSync;
  StatementSync: typeof StatementSync;
}

const isExperimental = (warning: unknown): boolean => String(warning).startsWith('SQLite is an experimental feature');

/** Node 22 prints a warning when it loads the module, into the user's terminal. All other warnings pass. */
export function withoutSqliteWarning<Result>(load: () => Result, warner: Pick<NodeJS.Process, 'emitWarning'>): Result {
  const { emitWarning } = warner;
  warner.emitWarning = (...warning: unknown[]) => {
    if (!isExperimental(warning[0])) Reflect.apply(emitWarning, warner, warning);
  };
  try {
    return load();
  } finally {
    warner.emitWarning = emitWarning;
  }
}

const nodesOwn = (): Driver | undefined => {
  const { getBuiltinModule } = process as { getBuiltinModule: (id: string) => unknown };
  const driver = withoutSqliteWarning(() => getBuiltinModule('node:sqlite'), process) as Driver | undefined;
  // Before 22.16 it can't tell whether a statement returns rows.
  return driver && 'columns' in driver.StatementSync.prototype ? driver : undefined;
};

/** The same for a Node without SQLite: an optional package, with binaries for the usual platforms. */
function packaged(): Driver {
  try {
    return createRequire(import.meta.url)('@photostructure/sqlite') as Driver;
  } catch (cause) {
    throw new ReadModelError(
      'READ_MODEL_NO_SQLITE',
      `Node ${process.versions.node} has no SQLite of its own, and the package @photostructure/sqlite can't be loaded`,
      'Use Node 22.16 or later, or install the optional packages (npm ci --include=optional).',
      { cause },
    );
  }
}

let driver: Driver | undefined;

/** @throws ReadModelError READ_MODEL_NO_SQLITE; what SQLite throws has its result code as `errcode` */
export function openFile(path: string, options: { readOnly: boolean; timeout: number }): DatabaseSyncInstance {
  driver ??= nodesOwn() ?? packaged();
  return new driver.DatabaseSync(path, options);
}
