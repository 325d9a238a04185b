import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RestoreEvent } from '@havun/domain';
import { startMariadb, startSshd, type Sshd, type TestMariadb } from '@havun/test-servers';
import { untilEnded } from './testing/checks.js';
import { startGate, type Gate } from './testing/gate.js';
import type { App } from './testing/processes.js';
import { until } from './testing/until.js';
import { ServicesWorld } from './testing/world.js';

const login = { username: 'restore', password: 'a password of the tests' };
const grants = [
  'ALL PRIVILEGES ON `shop`.*',
  'ALL PRIVILEGES ON `havun\\_incoming\\_%`.*',
  'ALL PRIVILEGES ON `havun\\_kept\\_%`.*',
  'SET USER ON *.*',
  'SELECT ON `mysql`.`proc`',
];

/** A site in two states that must never be mixed: as backed up, and as it was before the restore. */
type Version = 'backed up' | 'later';

const content = {
  'backed up': { rows: 'one,two,three', export: 'as it was backed up', extra: false },
  later: { rows: 'four', export: 'as it was later', extra: true },
} as const;

/** A shell command that kills its parent, the restorer, once for every marker. */
const killOnce = (marker: string): string => `[ -e ${marker} ] || { touch ${marker}; kill -9 $PPID; sleep 5; }`;

/** kill -9 of the restorer at every point of a restore and of its undo: production is in one state or the other, completely. */
describe('kill -9 of the restorer in a restore', () => {
  let sshd: Sshd;
  let mariadb: TestMariadb;
  let toDatabase: Gate;
  let world: ServicesWorld;
  const commands: App[] = [];

  const site = (path: string): string => join(world.site, path);
  const hooksFolder = (): string => join(world.folder, 'hooks');

  beforeAll(async () => {
    [sshd, mariadb] = await Promise.all([startSshd(), startMariadb()]);
    toDatabase = await startGate(mariadb.port);
    await mariadb.rootClient('CREATE DATABASE shop;');
    await mariadb.createUser(login.username, login.password, grants);
    world = await ServicesWorld.open({ sshd });
    const project = {
      type: 'nodejs-app',
      paths: { root: world.site, database: 'shop', server: 'main' },
      include: { database: true, files: ['src', 'storage', 'package.json'] },
      encryption: { enabled: true, password: 'correct horse battery staple' },
      restore: {
        before: [`. ${hooksFolder()}/before`],
        after: [`. ${hooksFolder()}/after`],
      },
    };
    await world.reconfigure({
      databases: { main: { type: 'mariadb', host: '127.0.0.1', port: toDatabase.port, ...login } },
      projects: { shop: project },
    });
    await bring('backed up');
    await world.start('runner', 'restorer', 'uploader', 'verifier', 'audit-projection');
    await world.request();
    await untilEnded(world);
  });

  afterAll(async () => {
    await Promise.all(commands.map((command) => command.kill()));
    await world.remove();
    await Promise.all([toDatabase.stop(), mariadb.stop(), sshd.stop()]);
  });

  /** Puts the site into one of its versions, with hooks that do nothing. */
  async function bring(version: Version): Promise<void> {
    const { rows, export: text, extra } = content[version];
    await mariadb.rootClient(
      `DROP TABLE IF EXISTS items, later; DROP VIEW IF EXISTS names; CREATE TABLE items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20));
       INSERT INTO items (name) VALUES ${rows
         .split(',')
         .map((name) => `('${name}')`)
         .join(',')};
       CREATE TRIGGER guard BEFORE INSERT ON items FOR EACH ROW SET @seen = 1; ${extra ? 'CREATE TABLE later (id INT);' : 'CREATE VIEW names AS SELECT name FROM items;'}`,
      'shop',
    );
    await writeFile(site('storage/export.txt'), text);
    if (extra) await writeFile(site('src/later.js'), 'made since');
    else await rm(site('src/later.js'), { force: true });
    await hooks({});
  }

  async function hooks({ before = ':', after = ':' }: { before?: string; after?: string }): Promise<void> {
    await mkdir(hooksFolder(), { recursive: true });
    await writeFile(join(hooksFolder(), 'before'), `${before}\n`);
    await writeFile(join(hooksFolder(), 'after'), `${after}\n`);
  }

  /** Its present version. A mixture is reported as one. */
  async function version(): Promise<string> {
    const ask = (sql: string): Promise<string> => mariadb.rootClient(sql, 'shop');
    const tables = (await ask('SHOW FULL TABLES')).replaceAll('\t', ' ').trim().split('\n').sort().join(', ');
    const found = {
      rows: (await ask('SELECT name FROM items ORDER BY id')).trim().split('\n').join(','),
      export: await readFile(site('storage/export.txt'), 'utf8'),
      extra: existsSync(site('src/later.js')),
    };
    const triggers = (
      await ask("SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'shop'")
    ).trim();
    const known = (Object.keys(content) as Version[]).find(
      (each) =>
        JSON.stringify(content[each]) === JSON.stringify(found) &&
        tables.includes(each === 'later' ? 'later BASE TABLE' : 'names VIEW') &&
        triggers === '1',
    );
    return known ?? JSON.stringify({ ...found, tables, triggers });
  }

  const leftOvers = async (): Promise<string[]> => [
    ...(await mariadb.rootClient("SHOW DATABASES LIKE 'havun%'")).split('\n').filter((name) => name !== ''),
    ...(await readdir(world.site, { recursive: true })).filter((name) => /havun-restore|before-restore/.test(name)),
    ...(existsSync(join(world.folder, 'data', 'restores'))
      ? await readdir(join(world.folder, 'data', 'restores'))
      : []),
    ...(existsSync(join(world.local, '.restores')) ? await readdir(join(world.local, '.restores')) : []),
  ];

  /** The folder is removed a moment after the end is recorded. */
  const nothingLeft = (): Promise<void> =>
    until('nothing is left', async () => (await leftOvers()).length === 0, { withinMs: 20_000 });

  /** Requests a restore, and waits until it is recorded. The exit of the command does not matter here. */
  async function ask(): Promise<void> {
    const asked = async (): Promise<number> =>
      (await world.events()).filter(({ event }) => event.type === 'RestoreRequested').length;
    const before = await asked();
    const args = ['backup:restore', '--project=shop', '--latest', '--skip-safety-backup', '--yes', '--reason=test'];
    commands.push(world.launch('cli', ...args));
    await until('the restore is requested', async () => (await asked()) > before, { context: () => world.diary() });
  }

  const restoreEvents = async (): Promise<RestoreEvent[]> => {
    const events = (await world.events()).filter(({ stream }) => stream.category === 'restore');
    const last = events.at(-1)?.stream.id;
    return events.filter(({ stream }) => stream.id === last).map(({ event }) => event as RestoreEvent);
  };
  const recorded = async (type: RestoreEvent['type'], times = 1): Promise<void> => {
    let seen: RestoreEvent[] = [];
    await until(
      `${type} is recorded`,
      async () => {
        seen = await restoreEvents();
        return seen.filter((event) => event.type === type).length >= times;
      },
      { context: () => `${world.diary()}\n${JSON.stringify(seen.slice(1), null, 1)}` },
    );
  };
  const dies = async (marker: string): Promise<void> => {
    await until(`the restorer is killed at ${marker}`, () => existsSync(join(hooksFolder(), marker)));
    await world.process('restorer').exited;
  };

  async function restart(): Promise<void> {
    await world.crash('restorer');
    toDatabase.cut();
    toDatabase.open();
    await world.expireAcks('restorer');
    await world.start('restorer');
  }

  /** Ends a test: nothing of this restore is kept. */
  async function settle(what: 'undo' | 'confirm'): Promise<void> {
    const { code, stdout, stderr } = await world.havun(`restore:${what}`, '--project=shop', '--yes');
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    await nothingLeft();
  }

  const nothingQuarantined = async (): Promise<void> => {
    expect((await world.events()).map(({ event }) => event.type)).not.toContain('MessageQuarantined');
  };

  it('while it downloads the archive: it begins again, and ends', async () => {
    await bring('later');
    const archive = join(world.local, 'shop', 'hot', `${world.run.name}.zip`);
    const good = await readFile(archive);
    await flip(archive);
    world.gates.restorer.sftp.hold(200);
    await ask();
    await recorded('CopyRejected');
    await restart();
    await recorded('RestoreCompleted');
    expect(await version()).toBe('backed up');
    await writeFile(archive, good);
    await settle('confirm');
    await nothingQuarantined();
  });

  it('once everything is ready and nothing was replaced: the switch is made at the next start', async () => {
    await bring('later');
    await hooks({ before: killOnce(`${hooksFolder()}/A`) });
    await ask();
    await dies('A');
    expect(await version()).toBe('later');
    await restart();
    await recorded('RestoreCompleted');
    expect(await version()).toBe('backed up');
    await settle('undo');
    expect(await version()).toBe('later');
  });

  it('once everything is replaced and before it could say so: it is said at the next start', async () => {
    await bring('later');
    await hooks({ after: killOnce(`${hooksFolder()}/B`) });
    await ask();
    await dies('B');
    await restart();
    await recorded('RestoreCompleted');
    expect(await version()).toBe('backed up');
    await settle('undo');
    expect(await version()).toBe('later');
  });

  it.each([1_500, 12_000])(
    'in the middle of the switch, after %d bytes to the database: it is completed',
    async (bytes) => {
      await bring('later');
      await hooks({ before: `touch ${hooksFolder()}/ready-${bytes}; sleep 1` });
      await ask();
      await until('the switch begins', () => existsSync(join(hooksFolder(), `ready-${bytes}`)));
      toDatabase.hold(bytes);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await restart();
      await recorded('RestoreCompleted');
      expect(await version()).toBe('backed up');
      await settle('undo');
      expect(await version()).toBe('later');
      await nothingQuarantined();
    },
  );

  it('in the middle of an undo: it is undone at the next start', async () => {
    await bring('later');
    await ask();
    await recorded('RestoreCompleted');
    await hooks({ before: killOnce(`${hooksFolder()}/C`) });
    commands.push(world.launch('cli', 'restore:undo', '--project=shop', '--yes'));
    await dies('C');
    await restart();
    await recorded('RestoreUndone');
    expect(await version()).toBe('later');
    await nothingLeft();
  });

  it('again and again, before the switch: it is given up as interrupted, and nothing was touched', async () => {
    await bring('later');
    const archive = join(world.local, 'shop', 'hot', `${world.run.name}.zip`);
    const good = await readFile(archive);
    await flip(archive);
    world.gates.restorer.sftp.hold(200);
    await ask();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await recorded('RestoreStarted', attempt);
      await world.crash('restorer');
      world.gates.restorer.sftp.hold(200);
      await world.expireAcks('restorer');
      await world.start('restorer');
    }
    await recorded('RestoreFailed');
    world.gates.restorer.sftp.open();
    expect((await restoreEvents()).at(-1)).toMatchObject({ data: { code: 'INTERRUPTED', target: 'untouched' } });
    expect(await version()).toBe('later');
    await nothingLeft();
    await writeFile(archive, good);
  });
});

async function flip(file: string): Promise<void> {
  const { size } = await stat(file);
  const handle = await open(file, 'r+');
  try {
    const at = Math.floor(size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    buffer[0]! ^= 1;
    await handle.write(buffer, 0, 1, at);
  } finally {
    await handle.close();
  }
}
