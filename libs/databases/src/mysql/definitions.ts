// Views, routines, triggers and events can't move to another database: they are written down, dropped and created again.
import { DatabaseError } from '../errors.js';
import { privateFolder, streamClient } from '../client.js';
import { scrub } from '../secret.js';
import { findMysqlClient, optionsFile, queryRows, runScript, type MysqlLocation } from './client.js';
import { clientFailure } from './client-failure.js';
import { quoted, type Objects } from './contents.js';
import { MysqlDumpScanner } from './dump-scanner.js';
import { mysqlImportFilter, type FilterOptions } from './import-rule.js';

const OPTIONS = ['--no-data', '--skip-opt', '--no-tablespaces', '--default-character-set=utf8mb4'];
const NO_TABLES = '--no-create-info';

/**
 * Everything in a database but its tables, as a script for the client. Leaves out broken views, which no server would create
 * again. @throws DatabaseError where the user can't see all of it.
 */
export async function writtenDown(location: MysqlLocation, objects: Objects, signal?: AbortSignal): Promise<Buffer> {
  const views = await wholeViews(location, objects.views, signal);
  const parts = [
    // Views need their functions. Events may run at once, so they come last.
    await dumpPart(location, [NO_TABLES, '--skip-triggers', '--routines'], [], signal),
    ...(views.length > 0 ? [await dumpPart(location, ['--skip-triggers'], views, signal)] : []),
    await dumpPart(location, [NO_TABLES, '--triggers', '--events'], [], signal),
  ];
  const lacking = [
    [objects.routines.length, parts[0]?.found.routines, 'routines'],
    [views.length, parts.at(-2)?.found.views.size, 'views'],
    [objects.triggers.length, parts.at(-1)?.found.triggers, 'triggers'],
    [objects.events.length, parts.at(-1)?.found.events, 'events'],
  ].filter(([expected, found]) => expected !== 0 && expected !== found);
  if (lacking.length > 0) throw incompleteDefinitions(location, lacking.map(([, , what]) => what).join(', '));
  return Buffer.concat(parts.map(({ script }) => script));
}

async function dumpPart(location: MysqlLocation, options: string[], tables: string[], signal?: AbortSignal) {
  const client = await findMysqlClient('dump', location);
  const folder = await privateFolder(location.environment.tempDir);
  const scanner = new MysqlDumpScanner();
  const chunks: Uint8Array[] = [];
  try {
    const credentials = await folder.write('client.cnf', optionsFile(location.server, client));
    const args = [`--defaults-file=${credentials}`, ...OPTIONS, ...options, '--', location.database, ...tables];
    const env = { HOME: folder.path };
    const { searchPath } = location.environment;
    const output = streamClient({ program: client.path, args, env, searchPath, signal }, scanner);
    let next = await output.next();
    for (; !next.done; next = await output.next()) chunks.push(next.value);
    const stderr = scrub(next.value.stderr, [location.server.password]);
    if (next.value.code !== 0) throw clientFailure({ ...next.value, stderr, during: 'restore' }, location);
  } finally {
    await folder.remove();
  }
  const found = scanner.end();
  if (!found.complete) throw incompleteDefinitions(location, 'the closing line');
  return { found, script: Buffer.concat(chunks) };
}

async function wholeViews(location: MysqlLocation, views: string[], signal?: AbortSignal): Promise<string[]> {
  if (views.length === 0) return [];
  const names = views.map((view) => `${quoted(location.database)}.${quoted(view)}`);
  const checks = names.map((name) => `CHECK TABLE ${name};`).join('\n');
  const rows = await queryRows(location, checks, signal, 'restore');
  const broken = new Set(rows.filter((row) => row[2] === 'Error').map((row) => row[0]));
  return views.filter((view) => !broken.has(`${location.database}.${view}`));
}

function incompleteDefinitions({ database }: MysqlLocation, what: string): DatabaseError {
  return new DatabaseError({
    code: 'SWAP_FAILED',
    message: `database ${database}: the definitions of its views, routines, triggers and events lack ${what}`,
    remedy: 'Nothing was changed. Check what the user that restores may see, and that nobody changes the database now.',
    retryable: true,
    path: database,
  });
}

/** Statements that drop everything but the tables. Events come first: they may run at any time. */
export function takeOut(name: string, objects: Objects): string[] {
  const inside = (object: string) => `${quoted(name)}.${quoted(object)};`;
  return [
    ...objects.events.map((event) => `DROP EVENT IF EXISTS ${inside(event)}`),
    ...objects.triggers.map((trigger) => `DROP TRIGGER IF EXISTS ${inside(trigger)}`),
    ...objects.views.map((view) => `DROP VIEW IF EXISTS ${inside(view)}`),
    ...objects.routines.map(({ kind, name: routine }) => inItsMode(kind, `DROP ${kind} IF EXISTS ${inside(routine)}`)),
  ];
}

/** Servers before MariaDB 11.4 know packages only in this mode. */
const inItsMode = (kind: string, statement: string): string =>
  kind.startsWith('PACKAGE')
    ? `SET @mode = @@sql_mode, SESSION sql_mode = ORACLE; ${statement} SET SESSION sql_mode = @mode;`
    : statement;

/** A script of `writtenDown`, changed to create its things in another database. */
export function redirected(script: Buffer, options: FilterOptions): Buffer {
  const filter = mysqlImportFilter(options);
  return Buffer.concat([...filter.pass(script), ...filter.last().rest]);
}

/** Runs such a script in an existing database. */
export const makeAnew = (location: MysqlLocation, script: Buffer, signal?: AbortSignal): Promise<void> =>
  runScript(location, withoutSandboxLines(script), { signal });

/** A script holds several dumps, and each begins with this line. */
const withoutSandboxLines = (script: Buffer): Buffer =>
  Buffer.from(
    script.toString('latin1').replaceAll(/^\/\*M?!999999\\- enable the sandbox mode \*\/[^\n]*\n/gm, ''),
    'latin1',
  );
