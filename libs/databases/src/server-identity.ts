import { surroundings } from './environment.js';
import type { DatabaseEnvironment } from './environment.js';
import type { DatabaseServerConfig } from './config.js';
import { mysqlIdentity } from './mysql/identity.js';
import { postgresqlIdentity } from './postgresql/identity.js';

/**
 * Who a database server is, whatever the address that it was reached by: marks that it gives of itself. Two addresses
 * with a mark in common lead to one server, or to one cluster. SQLite has no server, and no marks.
 * @param database one that its user may connect to
 * @throws DatabaseError where it can't be asked
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

/** Whether a database of one kind can be restored on a server of another: MariaDB and MySQL are one family. */
export const isSameFamily = (one: DatabaseServerConfig['type'], other: DatabaseServerConfig['type']): boolean =>
  family(one) === family(other);

const family = (type: DatabaseServerConfig['type']): string => (type === 'mariadb' ? 'mysql' : type);
