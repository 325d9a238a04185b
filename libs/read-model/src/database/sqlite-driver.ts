// The driver of SQLite: Node's own, and where Node has none (or an early one) a package that is the same, with its binary.
import { createRequire } from 'node:module';
import type { DatabaseSync, DatabaseSyncInstance, StatementSync } from '@photostructure/sqlite';
import { ReadModelError } from '../error.js';

export type { DatabaseSyncInstance };

interface Driver {
  DatabaseSync: typeof DatabaseSync;
  StatementSync: typeof StatementSync;
}

const isExperimental = (warning: unknown): boolean => String(warning).startsWith('SQLite is an experimental feature');

/** Node 22 warns as it loads the module, into the terminal of whoever runs us. All other warnings are let through. */
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
  // Before 22.16 it can't tell a statement that has rows from one that has none.
  return driver && 'columns' in driver.StatementSync.prototype ? driver : undefined;
};

/** The same for a Node that has none: an optional package, with binaries for the usual platforms. */
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
