import type { Database, DatabaseKind, DatabaseLocation } from './database-kind.js';
import { mariadb, mysql } from './mysql/database.js';
import { postgresql } from './postgresql/database.js';
import { sqlite } from './sqlite/database.js';

/** Every kind of database that can be backed up. */
export const databaseKinds: readonly DatabaseKind[] = [mariadb, mysql, postgresql, sqlite];

export function connectDatabase(location: DatabaseLocation): Database {
  const kind = databaseKinds.find(({ type }) => type === location.server.type);
  if (!kind) throw new TypeError(`unknown kind of database: ${location.server.type}`);
  return kind.connect(location);
}
