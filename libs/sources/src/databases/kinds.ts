import type { SourceEnvironment } from '../source.js';
import { surroundings } from '../environment.js';
import type { DatabaseServerConfig, DatabaseType } from './config.js';
import type { Database, DatabaseKind, DatabaseLocation, DatabaseRestorer } from './database-kind.js';
import { mariadb, mysql } from './mysql/database.js';
import { postgresql } from './postgresql/database.js';
import { sqlite } from './sqlite/database.js';

/** Every kind of database that can be backed up. */
export const databaseKinds: readonly DatabaseKind[] = [mariadb, mysql, postgresql, sqlite];

export const connectDatabase = (location: DatabaseLocation): Database => kindOf(location.server.type).connect(location);

/** One server to restore on, as its user for restores; `root` is the project's folder. Nothing is touched before a call. */
export function connectRestorer(
  location: { server: DatabaseServerConfig; root: string },
  environment: SourceEnvironment = {},
): DatabaseRestorer {
  const { server, root } = location;
  return kindOf(server.type).connectRestorer({ server, root, environment: surroundings(environment) });
}

function kindOf(type: DatabaseType): DatabaseKind {
  const kind = databaseKinds.find((one) => one.type === type);
  if (!kind) throw new TypeError(`unknown kind of database: ${type}`);
  return kind;
}
