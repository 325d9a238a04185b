import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMariadb, startSshd, temporaryFolder, type Sshd, type TestMariadb } from '@havun/test-servers';
import { secrets } from './secrets.js';

const program = fileURLToPath(new URL('../../../../../dist/apps/cli/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may say otherwise of the configuration; the rest is a good one. */
export interface ConfigChanges {
  readonly databasePort?: number;
  readonly databaseUser?: string;
  readonly databasePassword?: string;
  readonly sftpPort?: number;
  readonly hostKey?: string;
  readonly sftpPath?: string;
  readonly localPath?: string;
  readonly include?: string;
}

/** A Laravel-like project with a MariaDB database, an SFTP server, and a folder to run the built `havun` in. */
export interface Workplace {
  readonly path: string;
  readonly database: TestMariadb;
  readonly sshd: Sshd;
  /** Where the SFTP server keeps the backups. */
  readonly remote: string;
  readonly hot: string;
  configure(changes?: ConfigChanges): Promise<void>;
  havun(...args: string[]): Promise<Finished>;
  close(): Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const folder = await temporaryFolder('havun-cli-e2e-');
  const [database, sshd] = await Promise.all([startMariadb(), startSshd()]);
  const workplace: Workplace = {
    path: folder.path,
    database,
    sshd,
    remote: join(sshd.root, 'havun-backups'),
    hot: join(folder.path, 'backups/admin/hot'),
    configure: (changes = {}) => writeConfig(workplace, changes),
    havun: (...args) => runHavun(folder.path, args),
    close: async () => {
      await Promise.all([database.stop(), sshd.stop()]);
      await folder.remove();
    },
  };
  await database.createUser('backup', secrets.database, ['ALL PRIVILEGES ON *.*']);
  await workplace.configure();
  return workplace;
}

async function runHavun(cwd: string, args: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

async function writeConfig({ path, database, sshd, remote }: Workplace, changes: ConfigChanges): Promise<void> {
  const config = {
    data_dir: 'data',
    uploads: { attempts: 2, first_delay_seconds: 0.1, max_delay_seconds: 0.1 },
    storage: {
      local: { path: changes.localPath ?? 'backups' },
      offsite: {
        box: {
          type: 'sftp',
          host: sshd.host,
          port: changes.sftpPort ?? sshd.port,
          username: sshd.username,
          private_key_file: sshd.privateKeyFile,
          host_key: changes.hostKey ?? sshd.hostKeyFingerprint,
          path: changes.sftpPath ?? remote,
        },
      },
    },
    databases: {
      main: {
        type: 'mariadb',
        host: database.host,
        port: changes.databasePort ?? database.port,
        username: changes.databaseUser ?? 'backup',
        password: changes.databasePassword ?? secrets.database,
      },
    },
    projects: {
      admin: {
        type: 'laravel-app',
        paths: { root: 'site', database: 'shop', server: 'main' },
        include: { database: true, files: [changes.include ?? 'storage/app'], config: true },
        encryption: { enabled: true, password: secrets.archive },
        notifications: { slack: secrets.webhook },
      },
    },
  };
  await writeFile(join(path, 'havun.yaml'), JSON.stringify(config, null, 2), { mode: 0o600 });
}

/** Files in nested folders, names in several scripts, a link, an empty folder and an empty file. */
export async function writeSite({ path }: Workplace, files: number): Promise<void> {
  const write = async (name: string, content: string): Promise<void> => {
    const file = join(path, 'site', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  for (let number = 0; number < files; number += 1) {
    await write(`storage/app/invoices/${number % 40}/${number}.txt`, `factuur ${number}\n`.repeat(number % 50));
  }
  await write('storage/app/exports/omzet – 2025 ☕.csv', 'nr;bedrag\n1;10\n');
  await write('storage/app/leeg.txt', '');
  await mkdir(join(path, 'site/storage/app/lege map'));
  await symlink('omzet – 2025 ☕.csv', join(path, 'site/storage/app/exports/laatste.csv'));
  await write('.env', `APP_NAME=Admin\nDB_PASSWORD=${secrets.database}\n`);
  await write(
    'composer.lock',
    JSON.stringify({ packages: [{ name: 'laravel/framework', version: 'v11.34.2' }], platform: { php: '^8.2' } }),
  );
}

export async function fillDatabase({ database }: Workplace): Promise<void> {
  await database.rootClient(`
    CREATE DATABASE shop CHARACTER SET utf8mb4;
    USE shop;
    CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(100) NOT NULL, note TEXT) CHARACTER SET utf8mb4;
    CREATE TABLE scans (id INT PRIMARY KEY, content LONGBLOB);
    CREATE TABLE empty_table (id INT PRIMARY KEY);
    INSERT INTO customers SELECT seq, CONCAT('Klant ', seq, ' – café ☕ 🧾'), 'It''s a \\\\ "quote"\\n(1),(2);' FROM seq_1_to_2000;
    INSERT INTO scans SELECT seq, UNHEX(REPEAT(MD5(seq), 200)) FROM seq_1_to_200;
    CREATE VIEW loud AS SELECT id, UPPER(name) AS name FROM customers;
    CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(50));
    CREATE TRIGGER on_customer AFTER INSERT ON customers FOR EACH ROW INSERT INTO audit (what) VALUES ('customer');
    DELIMITER //
    CREATE PROCEDURE count_customers() BEGIN SELECT COUNT(*) FROM customers; END//
    CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2//
    DELIMITER ;
  `);
}

/** What the storages hold, without the checksums: final names and parts alike. */
export const archivesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => !name.endsWith('.sha256'));
