import type { DatabaseEnvironment } from './environment.js';
import { surroundings } from './environment.js';
import type { DatabaseType } from './config.js';
import type { Database, DatabaseKind, DatabaseLocation, DatabaseRestorer, RestorerLocation } from './database-kind.js';
import { mariadb, mysql } from './mysql/database.js';
import { postgresql } from './postgresql/database.js';
import { sqlite } from './sqlite/database.js';

/** Every kind of database that can be backed up. */
const databaseKinds: readonly DatabaseKind[] = [mariadb, mysql, postgresql, sqlite];

/** One database to dump; `root` is the project's folder. Nothing is read before a call. */
export const connectDatabase = (
  location: Omit<DatabaseLocation, 'environment'>,
  environment: DatabaseEnvironment = {},
): Database => kindOf(location.server.type).connect({ ...location, environment: surroundings(environment) });

/** One server to restore on, with its user for restores; `root` is the project's folder. Nothing is read before a call. */
export function connectRestorer(
  location: Omit<RestorerLocation, 'environment'>,
  environment: DatabaseEnvironment = {},
): DatabaseRestorer {
  const { server, root } = location;
  return kindOf(server.type).connectRestorer({ server, root, environment: surroundings(environment) });
}

function kindOf(type: DatabaseType): DatabaseKind {
  const kind = databaseKinds.find((one) => one.type === type);
  if (!kind) throw new TypeError(`unknown kind of database: ${type}`);
  return kind;
}
