import type { DatabaseDetails, DatabaseMissing, RecordedDefinition } from '../database-details.js';
import { privateFolder, streamClient, type ClientExit } from '../client.js';
import type { Database, DatabaseKind, DatabaseLocation, Inventory, LeftOutView } from '../database-kind.js';
import { scrub } from '../secret.js';
import { unchanged } from '../recorded-definitions.js';
import { verifyDump } from '../verify-dump.js';
import { withTail } from '../with-tail.js';
import { findMysqlClient, optionsFile, type MysqlClient, type MysqlLocation } from './client.js';
import { clientFailure } from './client-failure.js';
import { quoted } from './contents.js';
import { damageIn, type Damage } from './damage.js';
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
  // A table that can't be read ends neither the dump nor its own part of it with a lock.
  '--force',
  '--skip-add-locks',
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
  onMissing: (part: DatabaseMissing) => void = () => undefined,
): AsyncGenerator<Uint8Array, DatabaseDetails> {
  const client = await findMysqlClient('dump', location);
  const leftOut = inventory.left_out ?? { tables: [], views: [] };
  const judge = (exit: ClientExit): Damage =>
    damageIn({ ...exit, stderr: scrub(exit.stderr, [location.server.password]) }, location.database);
  let damage: Damage | undefined;
  const folder = await privateFolder(location.environment.tempDir);
  const scanner = new MysqlDumpScanner();
  try {
    const credentials = await folder.write('client.cnf', optionsFile(location.server, client));
    const output = streamClient(
      {
        program: client.path,
        args: [
          `--defaults-file=${credentials}`,
          ...dumpOptions(client, inventory.server_version),
          ...[...leftOut.tables, ...leftOut.views.map(({ name }) => name)].map(
            (name) => `--ignore-table=${location.database}.${name}`,
          ),
          '--',
          location.database,
        ],
        env: { HOME: folder.path },
        searchPath: location.environment.searchPath,
        signal,
      },
      scanner,
    );
    const exit = yield* withTail(output, (tail, ended) => {
      damage = ended.code === 0 ? undefined : judge(ended);
      return withNotes(tail, [...leftOut.views.map(viewNote), ...[...(damage?.tables.keys() ?? [])].map(keysAgain)]);
    });
    const isWhole = exit.code === 0 || (damage?.otherWords === '' && damage.tables.size > 0);
    if (!isWhole) throw clientFailure({ ...exit, stderr: damage?.otherWords ?? '', during: 'dump' }, location);
  } finally {
    await folder.remove();
  }
  const details = verifyDump(scanner.end(), inventory, damage?.tables);
  damage?.tables.forEach(onMissing);
  const after = await mysqlDefinitions(location, location.database, { during: 'dump', signal });
  const lacking = new Set([
    ...leftOut.tables,
    ...leftOut.views.map(({ name }) => name),
    ...(damage?.tables.keys() ?? []),
  ]);
  return { ...details, definitions: withoutLacking(unchanged(inventory.definitions ?? [], after), lacking) };
}

/** What is not in the dump, or not whole, is not asked of an import. The triggers of a damaged table are not in it either. */
function withoutLacking(all: RecordedDefinition[], lacking: ReadonlySet<string>): RecordedDefinition[] {
  if (lacking.size === 0) return all;
  return all.filter(({ kind, name }) => kind !== 'trigger' && !lacking.has(name));
}

/** Puts lines before the closing one, which has to stay the last. */
function withNotes(tail: Buffer, lines: string[]): Buffer {
  const footer = tail.lastIndexOf('\n-- Dump completed');
  if (lines.length === 0 || footer < 0) return tail;
  return Buffer.concat([tail.subarray(0, footer + 1), Buffer.from(`${lines.join('\n')}\n`), tail.subarray(footer)]);
}

/** As a comment: no server creates a view on what is not there. */
const viewNote = ({ name, definition }: LeftOutView): string =>
  `This view is broken, and is not created: ${name}\n${definition}`.replaceAll(/^/gm, '-- ');

/** After an error the client does not switch the keys of a table on again. */
const keysAgain = (table: string): string => `/*!40000 ALTER TABLE ${quoted(table)} ENABLE KEYS */;`;

function connect(location: DatabaseLocation): Database {
  const { server } = location;
  if (server.type !== 'mariadb' && server.type !== 'mysql') throw new TypeError(`not a MySQL server: ${server.type}`);
  const mysql: MysqlLocation = { ...location, server };
  return {
    inspect: (signal) => inspectMysql(mysql, signal),
    dump: (inventory, signal, onMissing) => dumpMysql(mysql, inventory, signal, onMissing),
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
