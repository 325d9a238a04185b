import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const sampleSql = (blob, number) => `
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, total ${number} NOT NULL, note ${blob});
CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 900;
${Array.from({ length: 50 }, (_, id) => `INSERT INTO customers VALUES (${id}, 'Klant ${id} – café ☕');`).join('\n')}
${Array.from({ length: 40 }, (_, block) => `INSERT INTO orders VALUES ${Array.from({ length: 50 }, (_, row) => `(${block * 50 + row}, ${row}, ${(row * 37) % 1000}, NULL)`).join(',')};`).join('\n')}
`;

const everything = ['customers', 'orders', 'big_orders'].map((name) => `SELECT * FROM ${name} ORDER BY id`).join('; ');

const onPath = (program) =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));

/**
 * A throw-away MariaDB server with a small shop in it, or a SQLite file where there is no MariaDB. `server` goes under
 * `databases` in the configuration; `lose` deletes orders; `content` is everything in it, as text.
 */
export async function startSampleDatabase(folder) {
  if (onPath('mariadbd') && onPath('mariadb-install-db') && onPath('mariadb-dump')) return startMariadb(folder);
  return makeSqlite(folder);
}

async function startMariadb(folder) {
  const data = join(folder, 'mariadb');
  const socket = join('/tmp', `havun-demo-${process.pid}.sock`);
  mkdirSync(data);
  execFileSync(
    onPath('mariadb-install-db'),
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot()],
    { stdio: 'ignore' },
  );
  const port = await freePort();
  const server = spawn(
    onPath('mariadbd'),
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${socket}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--pid-file=${data}/pid`,
      ...asRoot(),
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise((resolve) => server.once('exit', resolve));
  const client = (sql, ...more) =>
    spawnSync(
      onPath('mariadb'),
      ['--no-defaults', `--socket=${socket}`, '--user=root', '--default-character-set=utf8mb4', ...more],
      { input: sql },
    );
  for (let tries = 0; client('SELECT 1').status !== 0; tries += 1) {
    if (tries === 150 || server.exitCode !== null)
      throw new Error('the throw-away MariaDB server of the demo did not start');
    await sleep(100);
  }
  const made = client(
    `CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop; ${sampleSql('LONGBLOB', 'DECIMAL(10,2)')}
     CREATE TRIGGER no_empty_name BEFORE INSERT ON customers FOR EACH ROW SET NEW.name = TRIM(NEW.name);
     CREATE USER backup@localhost IDENTIFIED BY 'demo-database-password';
     GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON shop.* TO backup@localhost;
     GRANT SELECT ON mysql.proc TO backup@localhost;
     CREATE USER restore@localhost IDENTIFIED BY 'demo-restore-password';
     GRANT ALL PRIVILEGES ON shop.* TO restore@localhost;
     GRANT ALL PRIVILEGES ON \`havun\\_incoming\\_%\`.* TO restore@localhost;
     GRANT ALL PRIVILEGES ON \`havun\\_kept\\_%\`.* TO restore@localhost;
     GRANT SET USER ON *.* TO restore@localhost;`,
  );
  if (made.status !== 0) throw new Error(`the sample database could not be made: ${made.stderr}`);
  return {
    description: 'a MariaDB database with 2 tables, a view and a trigger',
    name: 'shop',
    server: {
      type: 'mariadb',
      socket,
      username: 'backup',
      password: 'demo-database-password',
      restore_username: 'restore',
      restore_password: 'demo-restore-password',
    },
    lose: () => client('DELETE FROM orders WHERE id >= 500;', 'shop'),
    content: () => client(everything, 'shop').stdout.toString(),
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
    },
  };
}

/** Uses SQLite's shell, which a backup of such a database needs anyway. */
function makeSqlite(folder) {
  const databases = join(folder, 'sqlite');
  mkdirSync(databases);
  const shell = (input) => execFileSync('sqlite3', ['-bail', join(databases, 'shop.sqlite')], { input }).toString();
  shell(`BEGIN;${sampleSql('BLOB', 'NUMERIC')}COMMIT;`);
  return {
    description: 'a SQLite database with 2 tables and a view (there is no MariaDB here)',
    name: 'shop.sqlite',
    server: { type: 'sqlite', folder: databases },
    lose: () => shell('DELETE FROM orders WHERE id >= 500;'),
    content: () => shell(`${everything};`),
    stop: () => Promise.resolve(),
  };
}

const asRoot = () => (process.getuid() === 0 ? ['--user=root'] : []);

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
