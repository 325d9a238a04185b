import { feedClient, runToEnd, privateFolder, findClient, type ClientProgram } from '../client.js';
import { scrub } from '../secret.js';
import type { MysqlServerConfig } from './config.js';
import { importSession } from './import-session.js';
import { clientFailure, type FailedRun } from './client-failure.js';
import type { MysqlLocation } from './location.js';

export type { MysqlLocation } from './location.js';

/** A client program and its family: the two families have different options. */
export interface MysqlClient extends ClientProgram {
  flavour: 'mariadb' | 'mysql';
  /** Of the distribution, such as 10.11.6 or 8.0.36. */
  version: string;
}

const PROGRAMS = {
  dump: { mariadb: ['mariadb-dump', 'mysqldump'], mysql: ['mysqldump', 'mariadb-dump'] },
  query: { mariadb: ['mariadb', 'mysql'], mysql: ['mysql', 'mariadb'] },
} as const;
const DEBIAN_PACKAGE = { mariadb: 'mariadb-client', mysql: 'default-mysql-client' } as const;

/** Prefers the family of the server. Debian's `mysqldump` is MariaDB's under another name, so the version decides. */
export async function findMysqlClient(
  task: 'dump' | 'query',
  { server, environment }: MysqlLocation,
): Promise<MysqlClient> {
  const names = PROGRAMS[task][server.type];
  const program = await findClient(names, environment, DEBIAN_PACKAGE[server.type]);
  return { ...program, ...parseVersion(program.versionLine) };
}

/** From «Ver 10.19 Distrib 10.11.6-MariaDB», «from 11.4.2-MariaDB, client 10.19» or «Ver 8.0.36 for Linux». */
export function parseVersion(line: string): { flavour: 'mariadb' | 'mysql'; version: string } {
  const mariadb = /([\d.]+)-MariaDB/.exec(line)?.[1];
  if (mariadb !== undefined) return { flavour: 'mariadb', version: mariadb };
  const version = /Distrib ([\d.]+)/.exec(line) ?? /Ver ([\d.]+)/.exec(line);
  return { flavour: 'mysql', version: version?.[1] ?? 'unknown' };
}

/**
 * The options file of one client run. It replaces every other options file, because a `where` or `no-data` in the
 * administrator's own would make a dump that looks complete.
 */
export function optionsFile(server: MysqlServerConfig, client: MysqlClient): string {
  const options: [string, string | number | undefined][] = [
    ['user', server.username],
    ['password', server.password?.reveal()],
    ...(server.socket === undefined
      ? ([
          ['protocol', 'tcp'],
          ['host', server.host],
          ['port', server.port],
        ] as [string, string | number][])
      : ([
          ['protocol', 'socket'],
          ['socket', server.socket],
        ] as [string, string][])),
    ...sslOptions(server, client),
  ];
  const lines = options
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quote(String(value))}`);
  return ['[client]', ...lines, ''].join('\n');
}

function sslOptions({ ssl }: MysqlServerConfig, client: MysqlClient): [string, string | undefined][] {
  const { flavour } = client;
  if (ssl === undefined) return demandsTls(client) ? [['ssl-verify-server-cert', '0']] : [];
  const ca: [string, string | undefined] = ['ssl-ca', ssl.ca_file];
  if (flavour === 'mysql') return [['ssl-mode', ssl.verify ? 'VERIFY_IDENTITY' : 'REQUIRED'], ca];
  return [['ssl', '1'], ['ssl-verify-server-cert', ssl.verify ? '1' : '0'], ca];
}

/** From 11.4 on, MariaDB's client refuses a server whose certificate it can't check, even on a socket. */
function demandsTls({ flavour, version }: MysqlClient): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return flavour === 'mariadb' && (major > 11 || (major === 11 && minor >= 4));
}

/** In the format of the client's options file: double quotes, backslash escapes (MySQL manual, «Using Option Files»). */
const quote = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;

/**
 * Runs SQL through the client program, which sees the server exactly as the dump will.
 * @returns the rows of all results in order. @throws DatabaseError in the server's own words.
 */
export async function queryRows(
  location: MysqlLocation,
  sql: string,
  signal?: AbortSignal,
  during: FailedRun['during'] = 'inspect',
): Promise<string[][]> {
  const client = await findMysqlClient('query', location);
  const folder = await privateFolder(location.environment.tempDir);
  try {
    const credentials = await folder.write('client.cnf', optionsFile(location.server, client));
    const result = await runToEnd({
      program: client.path,
      args: [`--defaults-file=${credentials}`, '--batch', '--skip-column-names', '--default-character-set=utf8mb4'],
      env: { HOME: folder.path },
      searchPath: location.environment.searchPath,
      input: sql,
      signal,
    });
    const stderr = scrub(result.stderr, [location.server.password]);
    if (result.code !== 0) throw clientFailure({ ...result, stderr, during }, location);
    return result.stdout.split('\n').slice(0, -1).map(parseRow);
  } finally {
    await folder.remove();
  }
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' };
/** One line of `--batch` output. */
const parseRow = (line: string): string[] =>
  line.split('\t').map((field) => field.replace(/\\([nt0\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter));

/** Comments are part of routine bodies. Binary mode turns off every client command but DELIMITER. */
const SCRIPT_OPTIONS = ['--binary-mode', '--comments', '--default-character-set=utf8mb4', '--max-allowed-packet=1G'];

/**
 * Runs a script in an existing database, statement by statement, and stops at the first failure.
 * @throws DatabaseError in the server's own words, and what `script` throws.
 */
export async function runScript(
  location: MysqlLocation,
  script: AsyncIterable<Uint8Array> | Buffer,
  options: { signal?: AbortSignal | undefined; onTaken?: ((bytes: number) => void) | undefined } = {},
): Promise<void> {
  const client = await findMysqlClient('query', location);
  const folder = await privateFolder(location.environment.tempDir);
  try {
    const credentials = await folder.write('client.cnf', optionsFile(location.server, client));
    const run = {
      program: client.path,
      args: [
        `--defaults-file=${credentials}`,
        ...SCRIPT_OPTIONS,
        `--init-command=${importSession(location.server)}`,
        `--database=${location.database}`,
      ],
      env: { HOME: folder.path },
      searchPath: location.environment.searchPath,
      signal: options.signal,
    };
    const input = Buffer.isBuffer(script) ? once(script) : script;
    const exit = await feedClient(run, input, options.onTaken ?? (() => undefined));
    const stderr = scrub(exit.stderr, [location.server.password]);
    if (exit.code !== 0) throw clientFailure({ ...exit, stderr, during: 'restore' }, location);
  } finally {
    await folder.remove();
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(script: Buffer): AsyncGenerator<Uint8Array> {
  yield script;
}
