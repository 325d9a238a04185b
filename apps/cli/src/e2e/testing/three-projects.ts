import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { startPostgresql, type TestPostgresql } from '@havun/test-servers';
import { jsonOf } from './havun.js';
import { environmentFile } from './laravel-project.js';
import { archivePassphrase, openWebshop, webshopSettings, type RunAnswer, type Webshop } from './webshop.js';

/** A project of each type, each with another kind of database, backed up once. */
export interface ThreeProjects {
  readonly webshop: Webshop;
  readonly postgresql: TestPostgresql;
  /** Where the servers' own clients are, before everything else. */
  readonly searchPath: string;
  /** The folder of each project. */
  readonly roots: Readonly<Record<ProjectName, string>>;
  /** The name of each project's backup. */
  readonly backups: Readonly<Record<ProjectName, string>>;
  close(): Promise<void>;
}

/** The Laravel app with MariaDB, the package with PostgreSQL, and the Node app with SQLite, not encrypted. */
export const projectNames = ['webshop', 'kluis', 'mcp'] as const;
export type ProjectName = (typeof projectNames)[number];

export const sqliteFile = 'data/mcp.sqlite';

/** Names and links that a tool may get wrong. */
const oddities: readonly (readonly [path: string, content: string, mode: number])[] = [
  ['it\'s "quoted" \\ and $HOME.txt', 'a\n', 0o640],
  ['new\nline\tand tab.txt', 'b\n', 0o604],
  [' blank at both ends ', 'c\n', 0o444],
  ['-rf', 'd\n', 0o750],
  ['percent %E9 {"name":"x"}', 'e\n', 0o600],
];
const links = { 'away link': '/etc/hostname', 'climbing link': '../../../elsewhere', 'odd "link" \\': 'a \\ "target"' };

async function addOddities(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content, mode] of oddities) {
    await writeFile(join(folder, path), content);
    await chmod(join(folder, path), mode);
  }
  for (const [path, target] of Object.entries(links)) await symlink(target, join(folder, path));
  await chmod(folder, 0o2750);
}

const kluisSchema = `
CREATE TABLE entries (id serial PRIMARY KEY, body text, content bytea);
INSERT INTO entries (body, content) SELECT 'wachtwoord ' || n || E'\\n\\\\. é☕', decode(md5(n::text), 'hex') FROM generate_series(1, 500) n;
CREATE SCHEMA "other schema"; CREATE TABLE "other schema"."a ""b"" (c)" (id int); INSERT INTO "other schema"."a ""b"" (c)" VALUES (1), (2);
CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE part_low PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1);
CREATE VIEW big AS SELECT id FROM entries WHERE id > 100;
`;
const mcpSchema = `
CREATE TABLE clients (id INTEGER PRIMARY KEY, name TEXT, content BLOB);
INSERT INTO clients VALUES (1, 'één '' ☕', x'00ff'), (2, NULL, NULL);
CREATE TABLE "een ""vreemde"" tabel" (x); INSERT INTO "een ""vreemde"" tabel" VALUES (1.5), ('a;b');
CREATE TRIGGER keep AFTER DELETE ON clients BEGIN INSERT INTO clients VALUES (OLD.id, OLD.name, OLD.content); END;
`;

async function makeKluis(root: string, postgresql: TestPostgresql): Promise<void> {
  await postgresql.superClient(
    "CREATE ROLE backup LOGIN PASSWORD 'pg' IN ROLE pg_read_all_data;\nCREATE DATABASE kluis;",
  );
  await postgresql.superClient(kluisSchema, 'kluis');
  await addOddities(join(root, 'src'));
  await mkdir(join(root, '.git'));
  await Promise.all([
    writeFile(join(root, '.git/HEAD'), 'ref: refs/heads/main\n'),
    writeFile(join(root, 'composer.json'), '{"name": "havun/kluis"}\n'),
    writeFile(join(root, '.env'), environmentFile, { mode: 0o600 }),
  ]);
}

async function makeMcp(root: string): Promise<void> {
  await addOddities(join(root, 'src'));
  await mkdir(join(root, 'data'));
  execFileSync('sqlite3', [join(root, sqliteFile)], { input: mcpSchema });
  await Promise.all([
    writeFile(join(root, 'package.json'), '{"version": "1.2.3"}\n'),
    writeFile(join(root, 'database.sql'), "-- the project's own\n"),
    writeFile(join(root, 'database.sql.project'), '-- and this, too\n'),
  ]);
}

export async function openThreeProjects(): Promise<ThreeProjects> {
  const webshop = await openWebshop({ invoices: 40 });
  const roots = { webshop: webshop.root, kluis: join(webshop.folder, 'kluis'), mcp: join(webshop.folder, 'mcp') };
  await addOddities(join(webshop.root, 'storage/app/odd'));
  await writeFile(join(webshop.root, '.env'), `${environmentFile}DB_DATABASE=webshop\n`);
  const [postgresql] = await Promise.all([startPostgresql(), mkdir(roots.kluis), mkdir(roots.mcp)]);
  await Promise.all([makeKluis(roots.kluis, postgresql), makeMcp(roots.mcp)]);
  await webshop.configure(settingsOf(webshop, postgresql));
  const searchPath = [postgresql.programs, process.env['PATH']].join(delimiter);
  const answer = await webshop.havun(['backup:run', '--wait', '--json'], { env: { PATH: searchPath } });
  const runs = jsonOf(answer) as readonly RunAnswer[];
  if (answer.exitCode !== 0) throw new Error(`${answer.stdout}\n${answer.stderr}`);
  const backups = Object.fromEntries(runs.map(({ project, backup }) => [project, backup])) as ThreeProjects['backups'];
  const close = async (): Promise<void> => {
    await Promise.all([webshop.close(), postgresql.stop()]);
  };
  return { webshop, postgresql, searchPath, roots, backups, close };
}

function settingsOf(webshop: Webshop, { host, port }: TestPostgresql) {
  const settings = webshopSettings(webshop);
  return {
    ...settings,
    databases: {
      ...settings.databases,
      papers: { type: 'postgresql', host, port, username: 'backup', password: 'pg' },
      files: { type: 'sqlite' },
    },
    projects: {
      ...settings.projects,
      kluis: {
        type: 'laravel-package',
        paths: { root: 'kluis', database: 'kluis', server: 'papers' },
        include: { database: true, files: ['src', 'composer.json'] },
        encryption: { enabled: true, password: archivePassphrase },
      },
      mcp: {
        type: 'nodejs-app',
        paths: { root: 'mcp', database: sqliteFile, server: 'files' },
        include: { files: ['src', 'package.json', 'database.sql', 'database.sql.project'] },
        encryption: { enabled: false },
      },
    },
  };
}
