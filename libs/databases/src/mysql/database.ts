import type { DatabaseDetails } from '../database-details.js';
import { privateFolder, streamClient } from '../client.js';
import type { Database, DatabaseKind, DatabaseLocation, Inventory } from '../database-kind.js';
import { scrub } from '../secret.js';
import { unchanged } from '../recorded-definitions.js';
import { verifyDump } from '../verify-dump.js';
import { findMysqlClient, optionsFile, type MysqlClient, type MysqlLocation } from './client.js';
import { clientFailure } from './client-failure.js';
import { mariadbServerSchema, mysqlServerSchema } from './config.js';
import { MysqlDumpScanner } from './dump-scanner.js';
import { inspectMysql } from './inspect.js';
import { mysqlDefinitions } from './recorded.js';
import { connectMysqlRestorer } from './restorer.js';

/** D14. The client's limit is for one row, whose hex text is twice the size of the blob. */
const DUMP_OPTIONS = [
  '--single-transaction',
  '--quick',
  '--routines',
  '--triggers',
  '--events',
  '--hex-blob',
  '--default-character-set=utf8mb4',
  '--no-tablespaces',
  '--max-allowed-packet=1G',
];

/** Only MySQL's own client has these options. Older servers and MariaDB have no column statistics. */
export function dumpOptions(client: MysqlClient, serverVersion: string): string[] {
  if (client.flavour === 'mariadb') return DUMP_OPTIONS;
  const statistics = Number(client.version.split('.')[0]) >= 8 && /MariaDB|^[1-7]\./.test(serverVersion);
  return [...DUMP_OPTIONS, '--set-gtid-purged=OFF', ...(statistics ? ['--column-statistics=0'] : [])];
}

async function* dumpMysql(
  location: MysqlLocation,
  inventory: Inventory,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, DatabaseDetails> {
  const client = await findMysqlClient('dump', location);
  const folder = await privateFolder(location.environment.tempDir);
  const scanner = new MysqlDumpScanner();
  try {
    const credentials = await folder.write('client.cnf', optionsFile(location.server, client));
    const exit = yield* streamClient(
      {
        program: client.path,
        args: [
          `--defaults-file=${credentials}`,
          ...dumpOptions(client, inventory.server_version),
          '--',
          location.database,
        ],
        env: { HOME: folder.path },
        searchPath: location.environment.searchPath,
        signal,
      },
      scanner,
    );
    const stderr = scrub(exit.stderr, [location.server.password]);
    if (exit.code !== 0) throw clientFailure({ ...exit, stderr, during: 'dump' }, location);
  } finally {
    await folder.remove();
  }
  const details = verifyDump(scanner.end(), inventory);
  const after = await mysqlDefinitions(location, location.database, { during: 'dump', signal });
  return { ...details, definitions: unchanged(inventory.definitions ?? [], after) };
}

function connect(location: DatabaseLocation): Database {
  const { server } = location;
  if (server.type !== 'mariadb' && server.type !== 'mysql') throw new TypeError(`not a MySQL server: ${server.type}`);
  const mysql: MysqlLocation = { ...location, server };
  return {
    inspect: (signal) => inspectMysql(mysql, signal),
    dump: (inventory, signal) => dumpMysql(mysql, inventory, signal),
  };
}

export const mariadb: DatabaseKind = {
  type: 'mariadb',
  configSchema: mariadbServerSchema,
  connect,
  connectRestorer: connectMysqlRestorer,
};
export const mysql: DatabaseKind = {
  type: 'mysql',
  configSchema: mysqlServerSchema,
  connect,
  connectRestorer: connectMysqlRestorer,
};
