import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { follow, readRecoveryDocument, type RecoveryDocument } from './testing/recovery-document.js';
import { openThreeProjects, sqliteFile, type ProjectName, type ThreeProjects } from './testing/three-projects.js';
import { treeOf } from './testing/tree.js';
import { archivePassphrase } from './testing/webshop.js';
import { contentOf } from './testing/webshop-database.js';

const openIt = ['Check it', 'Look inside', 'The same with jq, if it is there', 'Extract'];
const compareIt = ['Compare with the manifest', 'Links', 'Contents', 'Owners and modes', 'The database'];
const mariadb = (how: 'the import' | 'the import through an older client'): string[] =>
  ['a new database', how, 'the rows'].map((step) => `MariaDB, MySQL: ${step}`);
const postgresql = (how: 'the import' | 'the import through an older client'): string[] =>
  ['a new database', how, 'the rows'].map((step) => `PostgreSQL: ${step}`);
const fromHere = ['On this machine', ...openIt, ...compareIt];
const fromOffsite = ['On the Storage Box, or another SFTP server', ...openIt, ...compareIt];
const ownTree = 'A Laravel package, or a Node application';

interface Others {
  /** A folder of programs that come before those of the machine. */
  readonly programs?: string;
  readonly typed?: RecoveryDocument;
  readonly passphrase?: string;
}

describe('docs/how-to/recover-without-havun.md, word for word', () => {
  let projects: ThreeProjects;
  let document: RecoveryDocument;
  const followed = new Set<string>();

  beforeAll(async () => {
    [projects, document] = await Promise.all([openThreeProjects(), readRecoveryDocument()]);
  });
  afterAll(() => projects.close());

  /** Follows the document in a new folder for everything, with the backup of a project. */
  const recover = async (
    project: ProjectName,
    headings: readonly string[],
    { programs = '', typed = document, passphrase = archivePassphrase }: Others = {},
  ) => {
    const { webshop, searchPath, backups } = projects;
    const folder = await mkdtemp(join(webshop.folder, 'recovery-'));
    const [database, live] = [`recovered_${folder.slice(-6).toLowerCase()}`, join(folder, 'live')];
    const login = join(folder, 'login.cnf');
    await writeFile(login, `[client]\nsocket=${webshop.mariadb.socket}\nuser=root\n`, { mode: 0o600 });
    headings.forEach((heading) => followed.add(heading));
    const printed = await follow(typed, {
      headings,
      passphrase,
      folder,
      searchPath: programs === '' ? searchPath : `${programs}:${searchPath}`,
      settings: {
        NAME: backups[project],
        FOLDER: join(webshop.backups, project, 'hot'),
        ...(await sftpSettings(projects, folder)),
        SFTP_FOLDER: join(webshop.offsite, project, 'hot'),
        WORK: join(folder, 'work'),
        DATABASE: database,
        MARIADB_LOGIN: login,
        ...postgresqlSettings(projects),
        SQLITE_FILE: sqliteFile,
        TARGET: join(folder, 'target'),
        LIVE: live,
        OWNER: `${userInfo().uid}:${userInfo().gid}`,
      },
    });
    return { printed, database, live };
  };

  it('brings back a Laravel application and its MariaDB database from the SFTP server', async () => {
    const steps = [...fromOffsite, ...mariadb('the import'), 'A Laravel application', 'Go live'];
    const { printed, database, live } = await recover('webshop', steps);
    expect(printed).toContain('Every table has its rows.');
    const { webshop, roots } = projects;
    expect(await contentOf(webshop.mariadb, database)).toEqual(await contentOf(webshop.mariadb, 'webshop'));
    expect(await treeOf(join(live, 'storage/app'))).toEqual(await treeOf(join(roots.webshop, 'storage/app')));
    const env = await readFile(join(roots.webshop, '.env'), 'utf8');
    expect(await readFile(join(live, '.env'), 'utf8')).toBe(
      env.replace('DB_DATABASE=webshop', `DB_DATABASE=${database}`),
    );
  });

  it('imports through a MariaDB client that does not know the sandbox', async () => {
    const programs = await clientWithoutSandbox(projects);
    await expect(recover('webshop', [...fromHere, ...mariadb('the import')], { programs })).rejects.toThrow(
      "Unknown command '\\-'",
    );
    const { database } = await recover('webshop', [...fromHere, ...mariadb('the import through an older client')], {
      programs,
    });
    const { webshop } = projects;
    expect(await contentOf(webshop.mariadb, database)).toEqual(await contentOf(webshop.mariadb, 'webshop'));
  });

  it.each(['the import', 'the import through an older client'] as const)(
    'brings back a Laravel package and its PostgreSQL database: %s',
    async (how) => {
      const { database, live } = await recover('kluis', [...fromHere, ...postgresql(how), ownTree, 'Go live']);
      expect(await postgresqlDump(projects, database)).toBe(await postgresqlDump(projects, 'kluis'));
      expect(await treeOf(live)).toEqual(await treeOf(projects.roots.kluis));
    },
  );

  it('brings back a Node application and its SQLite database from an archive that is not encrypted', async () => {
    const steps = [...fromHere, 'SQLite', ownTree, 'The SQLite file', 'Go live'];
    const { live } = await recover('mcp', steps);
    const original = projects.roots.mcp;
    expect(sqliteDump(join(live, sqliteFile))).toBe(sqliteDump(join(original, sqliteFile)));
    const withoutDatabase = async (root: string): Promise<string[][]> =>
      Object.entries(await treeOf(root)).filter(([path]) => !path.startsWith(dirname(sqliteFile)));
    expect(await withoutDatabase(live)).toEqual(await withoutDatabase(original));
  });

  it.each([
    ['a file that was changed', 'echo more >> "$WORK/out/src/-rf"\n', 'did NOT match'],
    ['a file that is missing', 'rm -- "$WORK/out/src/-rf"\n', 'No such file'],
    ['a file too many', 'echo > "$WORK/out/src/extra"\n', 'ended with 1'],
    [
      'a line less in the manifest',
      `sed -i '/"name":"src\\/-rf"/d' "$WORK/out/backup-manifest.json"\n`,
      'ended with 1',
    ],
  ])('stops at %s', async (_what, damage, said) => {
    const steps = new Map(document.steps).set('Links', `${document.steps.get('Links')!}${damage}`);
    await expect(recover('mcp', fromHere, { typed: { ...document, steps } })).rejects.toThrow(said);
  });

  it('stops at a wrong passphrase', async () => {
    await expect(recover('webshop', fromHere, { passphrase: 'wrong' })).rejects.toThrow('Wrong password');
  });

  it('has been followed under every heading that has something to type', () => {
    expect([...document.steps.keys()].filter((heading) => !followed.has(heading))).toEqual([]);
  });
});

async function sftpSettings({ webshop }: ThreeProjects, folder: string): Promise<Record<string, string>> {
  const { host, port, username } = webshop.sshd;
  const known = join(folder, 'known_hosts');
  await writeFile(known, await runProgram('ssh-keyscan', ['-t', 'ed25519', '-p', String(port), host]));
  return {
    SFTP_SERVER: `${username}@${host}`,
    SFTP_OPTIONS: `-P ${port} -i ${webshop.keyFile} -o UserKnownHostsFile=${known} -o StrictHostKeyChecking=yes`,
  };
}

function postgresqlSettings({ postgresql }: ThreeProjects): Record<string, string> {
  return { PGHOST: postgresql.socketFolder, PGPORT: String(postgresql.port), PGUSER: postgresql.superuser };
}

/** A MariaDB client that answers the first line of a dump as those do that don't know it, and else is this machine's. */
async function clientWithoutSandbox({ webshop }: ThreeProjects): Promise<string> {
  const folder = await mkdtemp(join(webshop.folder, 'old-client-'));
  const script = `#!/bin/bash
PATH=\${PATH#*:}
if [[ $* == *--execute* ]]; then exec mariadb "$@"; fi
IFS= read -r line
if [[ $line == *'enable the sandbox mode'* ]]; then echo "ERROR at line 1: Unknown command '\\\\-'." >&2; exit 1; fi
{ printf '%s\\n' "$line"; cat; } | mariadb "$@"
`;
  await writeFile(join(folder, 'mariadb'), script, { mode: 0o755 });
  return folder;
}

/** Everything in a database, without the words that pg_dump makes up anew each time. */
async function postgresqlDump({ postgresql }: ThreeProjects, database: string): Promise<string> {
  const { programs, socketFolder, port, superuser } = postgresql;
  const login = ['-h', socketFolder, '-p', String(port), '-U', superuser];
  const dump = await runProgram(join(programs, 'pg_dump'), [...login, database]);
  return dump.replaceAll(/^\\(un)?restrict .*$/gm, '');
}

const sqliteDump = (file: string): string => execFileSync('sqlite3', ['-readonly', file, '.dump']).toString();
