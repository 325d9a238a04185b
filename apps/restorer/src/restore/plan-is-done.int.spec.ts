// Compares dry runs with the restores that follow, in generated situations: they never differ, and no restore is refused for a
// reason that the dry run could have seen.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import fc from 'fast-check';
import type { RestoreEvent, RestoreSelection, RestoreTarget } from '@havun/domain';
import type { PlannedItem } from '@havun/restore';
import { RESTORE_TOKEN, RestoreSite, sqlite } from '@havun/restore/testing';
import { mayMount, whileReadOnly, withDisk } from '@havun/sources/testing';
import { startNatsServer, type TestNatsServer } from '@havun/test-servers';
import { RestorerAtWork } from '../testing/restorer-at-work.js';

const of = <const Value>(...values: Value[]) => fc.constantFrom(...values);
const usual = <const Value>(first: Value, ...others: Value[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: of(first, ...others) });

const situations = fc.record({
  target: of('production', 'production', 'test', 'folder'),
  selection: usual('all', 'files', 'database', 'config', 'a file', 'nothing', 'no match'),
  database: of(
    'there',
    'there',
    'absent',
    'absent',
    'corrupt',
    'without a folder',
    'kept name taken',
    'a link into the files',
  ),
  files: of(
    'there',
    'changed',
    'changed',
    'more',
    'more',
    'without storage',
    'without root',
    'kept name taken',
    'staging left',
  ),
  copies: usual('both', 'offsite only', 'local cut off', 'both cut off', 'none', 'another in its place'),
  folder: usual('absent', 'empty', 'with content', 'without parent', 'a file', 'a dangling link'),
  disk: usual('as it is', ...(mayMount() ? (['small', 'read-only'] as const) : [])),
  password: usual('right', 'wrong', 'none'),
  before: usual([], ['true'], ['no-such-program']),
  test: of(undefined, { database: true }, { database: true }, { database: false }),
});
type Situation = typeof situations extends fc.Arbitrary<infer Value> ? Value : never;

const selections: Record<Situation['selection'], RestoreSelection> = {
  all: { database: true, files: 'all', config: false },
  files: { database: false, files: 'all', config: false },
  database: { database: true, files: 'none', config: false },
  config: { database: false, files: 'none', config: true },
  'a file': { database: false, files: ['storage/app/invoice.pdf'], config: false },
  nothing: { database: false, files: 'none', config: false },
  'no match': { database: false, files: ['nothing/*'], config: false },
};

describe('a dry run and the restore', () => {
  let site: RestoreSite;
  let nats: TestNatsServer;
  let connection: NatsConnection;
  const ends: string[] = [];

  beforeAll(async () => {
    [site, nats] = [await RestoreSite.open(), await startNatsServer()];
    connection = await connect({ servers: nats.url });
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
    await site.remove();
  });

  const rootOf = ({ target }: Situation): string => (target === 'test' ? site.testRoot : site.root);
  const databaseOf = (situation: Situation): string =>
    situation.target === 'test' ? 'database/test' : 'database/shop.sqlite';

  async function arrange(situation: Situation): Promise<void> {
    await site.putBack();
    const root = rootOf(situation);
    const live = join(root, databaseOf(situation));
    if (situation.target === 'test') {
      await mkdir(join(root, 'storage/app'), { recursive: true });
      await sqlite(live, 'CREATE TABLE t (id); CREATE TABLE u (id); INSERT INTO u VALUES (1);');
    }
    const kept = `before-restore-${RESTORE_TOKEN}`;
    await {
      there: () => undefined,
      changed: () => writeFile(join(root, 'storage/app/invoice.pdf'), 'changed'),
      more: () => Promise.all([writeFile(join(root, 'news.md'), ''), writeFile(join(root, 'storage/app/new'), 'new')]),
      'without storage': () => rm(join(root, 'storage'), { recursive: true }),
      'without root': () => rm(root, { recursive: true }),
      'kept name taken': () => mkdir(join(root, `storage.${kept}`)),
      'staging left': () => mkdir(join(root, `.havun-restore-${RESTORE_TOKEN}/x`), { recursive: true }),
    }[situation.files]();
    if (!existsSync(root)) return;
    await {
      there: () => undefined,
      absent: () => rm(live),
      corrupt: () => writeFile(live, 'this is no database, and is long enough to be taken for one. '.repeat(40)),
      'without a folder': () => rm(join(root, 'database'), { recursive: true }),
      'kept name taken': () => sqlite(`${live}.havun-kept-${RESTORE_TOKEN}`, 'CREATE TABLE x (y);'),
      'a link into the files': async () => {
        await rename(join(root, 'database'), join(root, 'elsewhere'));
        if (!existsSync(join(root, 'storage'))) return;
        await rename(join(root, 'elsewhere'), join(root, 'storage/database'));
        await symlink('storage/database', join(root, 'database'));
      },
    }[situation.database]();
  }

  async function arrangeCopies({ copies, folder }: Situation): Promise<void> {
    const [local, offsite] = [site.copy('local'), site.copy('offsite')];
    await {
      both: () => undefined,
      'offsite only': () => rm(local),
      'local cut off': () => truncate(local, 5000),
      'both cut off': () => Promise.all([truncate(local, 5000), truncate(offsite, 5000)]),
      none: () => Promise.all([rm(local), rm(offsite)]),
      'another in its place': () => writeFile(local, 'not an archive'),
    }[copies]();
    await {
      absent: () => undefined,
      empty: () => mkdir(site.folder),
      'with content': () => mkdir(join(site.folder, 'x'), { recursive: true }),
      'without parent': () => undefined,
      'a file': () => writeFile(site.folder, ''),
      'a dangling link': () => symlink('/nowhere/at/all', site.folder),
    }[folder]();
  }

  const targetOf = ({ target, folder }: Situation): RestoreTarget =>
    target === 'folder'
      ? { kind: target, path: folder === 'without parent' ? join(site.disk, 'not/there') : site.folder }
      : { kind: target };

  /** What lies at an item's stated place after the restore. */
  async function foundOf(item: PlannedItem, situation: Situation): Promise<object> {
    const root = rootOf(situation);
    const live = item.name.startsWith('/') ? item.name : join(root, item.name);
    const kept =
      item.what === 'database' ? `${live}.havun-kept-${RESTORE_TOKEN}` : `${live}.before-restore-${RESTORE_TOKEN}`;
    const amount = item.what === 'database' ? tablesAndRows : filesAndBytes;
    if (item.what === 'database' && situation.database === 'corrupt' && item.kept !== undefined) {
      // Nothing in it can be counted, and it is kept as it was.
      expect(await readFile(kept, 'utf8')).toContain('this is no database');
      return { live: await amount(live), kept: undefined };
    }
    return { live: await amount(live), kept: await amount(kept) };
  }

  const expectedOf = ({ action, then, now: before, kept }: PlannedItem): object => ({
    live: action === 'remove' ? undefined : then,
    kept: kept === undefined ? undefined : before,
  });

  async function compare(situation: Situation): Promise<void> {
    const { password, before: hooks, test } = situation;
    const config = await site.config({ password, before: hooks, ...(test && { test }) });
    const before = await site.state();
    const wish = { target: targetOf(situation), selection: selections[situation.selection] };
    const restorer = new RestorerAtWork(site, config, connection);
    const outlook = await restorer.look(wish);
    expect(await site.state()).toEqual(before);
    const end = await restorer.restore(wish);
    ends.push(end.type);
    if (end.type === 'RestoreFailed') {
      // The problem was visible, and the dry run reported it.
      expect(outlook.problems.map(({ code }) => code)).toContain(end.data.code);
      expect(end.data.message).toBe(outlook.problems.map(({ message }) => message).join('; '));
      expect(end.data.target).toBe('untouched');
      expect(await site.state()).toEqual(before);
      return;
    }
    expect(outlook.problems).toEqual([]);
    expect(end.type).toBe('RestoreCompleted');
    for (const item of outlook.items) expect(await foundOf(item, situation)).toEqual(expectedOf(item));
    const { kept } = (end as Extract<RestoreEvent, { type: 'RestoreCompleted' }>).data;
    const keeping = outlook.items.filter((item) => item.kept !== undefined);
    expect(kept.paths).toBe(keeping.filter(({ what }) => what === 'files').length);
    expect(kept.databases).toEqual(
      keeping.filter(({ what }) => what === 'database').map((item) => item.kept?.replace('<time>', RESTORE_TOKEN)),
    );
    // Whatever no item names is unchanged.
    const after = await site.state();
    for (const [path, content] of Object.entries(before)) {
      if (!outlook.items.some(({ name }) => touches(name, join(site.disk, path), rootOf(situation)))) {
        expect([path, after[path]]).toEqual([path, content]);
      }
    }
  }

  const touches = (name: string, path: string, root: string): boolean => {
    const item = name.startsWith('/') ? name : join(root, name);
    return (
      path === item || path.startsWith(`${item}/`) || path.startsWith(`${item}.`) || path.includes('.havun-restore-')
    );
  };

  async function inSituation(situation: Situation): Promise<void> {
    const arranged = async (): Promise<void> => {
      await arrange(situation);
      await arrangeCopies(situation);
    };
    if (situation.disk === 'small') {
      // It has space for the project, but not for a second copy.
      return withDisk(site.disk, 1, async () => {
        await arranged();
        await writeFile(join(site.disk, 'filler'), Buffer.alloc(450_000));
        await compare(situation);
      });
    }
    await arranged();
    if (situation.disk === 'read-only') return whileReadOnly(site.disk, () => compare(situation));
    return compare(situation);
  }

  it('never differ, and nothing is refused that could not be seen before', async () => {
    await fc.assert(fc.asyncProperty(situations, inSituation), { numRuns: 80, endOnFailure: true });
    // Both outcomes occurred.
    const completed = ends.filter((type) => type === 'RestoreCompleted').length;
    expect(completed).toBeGreaterThan(10);
    expect(ends.length - completed).toBeGreaterThan(10);
  }, 300_000);
});

async function tablesAndRows(file: string): Promise<object | undefined> {
  if (!existsSync(file)) return undefined;
  const tables = (await sqlite(file, "SELECT name FROM sqlite_master WHERE type = 'table';"))
    .split('\n')
    .filter(Boolean);
  let rows = 0;
  for (const table of tables) rows += Number(await sqlite(file, `SELECT COUNT(*) FROM "${table}";`));
  return { tables: tables.length, rows };
}

async function filesAndBytes(path: string): Promise<{ files: number; bytes: number } | undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (!stats.isDirectory()) return stats.isFile() ? { files: 1, bytes: stats.size } : { files: 0, bytes: 0 };
  const total = { files: 0, bytes: 0 };
  for (const name of await readdir(path)) {
    const below = await filesAndBytes(join(path, name));
    total.files += below?.files ?? 0;
    total.bytes += below?.bytes ?? 0;
  }
  return total;
}
