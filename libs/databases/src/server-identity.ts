import { surroundings } from './environment.js';
import type { DatabaseEnvironment } from './environment.js';
import type { DatabaseServerConfig } from './config.js';
import { mysqlIdentity } from './mysql/identity.js';
import { postgresqlIdentity } from './postgresql/identity.js';

/**
 * Identifies a database server by what it says about itself, whatever its address. Two addresses that share a mark lead to one
 * server, or to one cluster. SQLite has no server, and no marks.
 * @param database one that its user may connect to
 * @throws DatabaseError where the server can't be asked
 */
export async function serverIdentity(
  { server, database }: { server: DatabaseServerConfig; database: string },
  environment: DatabaseEnvironment = {},
  signal?: AbortSignal,
): Promise<string[]> {
  const location = { database, root: '', environment: surroundings(environment) };
  switch (server.type) {
    case 'mariadb':
    case 'mysql':
      return mysqlIdentity({ ...location, server }, signal);
    case 'postgresql':
      return postgresqlIdentity({ ...location, server }, signal);
    case 'sqlite':
      return [];
  }
}

/** Whether a database of one kind can be restored on a server of another. MariaDB and MySQL are one family. */
export const isSameFamily = (one: DatabaseServerConfig['type'], other: DatabaseServerConfig['type']): boolean =>
  family(one) === family(other);

const family = (type: DatabaseServerConfig['type']): string => (type === 'mariadb' ? 'mysql' : type);
