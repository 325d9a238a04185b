import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { RestoreEvent } from '@havun/domain';
import { RetryLater } from '@havun/messaging';
import { RESTORE_TOKEN, RestoreSite } from '@havun/restore/testing';
import { startMariadb, startNatsServer, type TestMariadb, type TestNatsServer } from '@havun/test-servers';
import { RestorerAtWork } from '../testing/restorer-at-work.js';

const schema = `DROP DATABASE IF EXISTS shop_db; CREATE DATABASE shop_db; USE shop_db;
  CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3);`;
const wish = {
  target: { kind: 'production' },
  selection: { database: true, files: 'none', config: false },
} as const;
const then = { tables: 1, rows: 3 };
const kept = `havun_kept_${RESTORE_TOKEN}_shop_db`;

describe('a dry run and the restore on a MariaDB server', () => {
  let site: RestoreSite;
  let mariadb: TestMariadb;
  let nats: TestNatsServer;
  let connection: NatsConnection;

  const server = (username: string) => {
    const { host, port } = mariadb;
    return { name: 'shop_db', server: { type: 'mariadb', host, port, username, password: 'secret password' } };
  };
  const atWork = async (username = 'restore') =>
    new RestorerAtWork(site, await site.config({ database: server(username) }), connection);
  const databases = async () =>
    (await mariadb.rootClient('SHOW DATABASES')).split('\n').filter((name) => name.includes('shop_db'));
  const rows = async (database: string) => Number(await mariadb.rootClient('SELECT COUNT(*) FROM t', database));

  beforeAll(async () => {
    [mariadb, nats] = await Promise.all([startMariadb({ inMemory: true }), startNatsServer()]);
    connection = await connect({ servers: nats.url });
    await mariadb.rootClient(schema);
    await mariadb.createUser('restore', 'secret password', ['ALL PRIVILEGES ON *.*']);
    await mariadb.createUser('reader', 'secret password', ['SELECT, SHOW VIEW, TRIGGER, EVENT ON `shop\\_db`.*']);
    site = await RestoreSite.open({ database: server('restore') });
  });
  afterAll(async () => {
    await connection.close();
    await Promise.all([nats.stop(), mariadb.stop()]);
    await site.remove();
  });
  beforeEach(async () => {
    await site.putBack();
    await mariadb.rootClient(`${schema} INSERT INTO t VALUES (4); DROP DATABASE IF EXISTS ${kept};`);
  });

  it('say that a database is replaced and kept, where it is there', async () => {
    const restorer = await atWork();
    const outlook = await restorer.look(wish);
    expect(outlook).toMatchObject({ problems: [], warnings: [] });
    expect(outlook.items).toEqual([
      {
        what: 'database',
        name: 'shop_db',
        action: 'replace',
        now: { tables: 1, rows: 4 },
        then,
        kept: kept.replace(RESTORE_TOKEN, '<time>'),
      },
    ]);
    const end = (await restorer.restore(wish)) as Extract<RestoreEvent, { type: 'RestoreCompleted' }>;
    expect(end).toMatchObject({ type: 'RestoreCompleted', data: { kept: { paths: 0, databases: [kept] } } });
    expect([await rows('shop_db'), await rows(kept)]).toEqual([3, 4]);
  });

  it('say that it is added and nothing is kept, where it was dropped', async () => {
    await mariadb.rootClient('DROP DATABASE shop_db');
    const restorer = await atWork();
    const outlook = await restorer.look(wish);
    expect(outlook.items).toEqual([{ what: 'database', name: 'shop_db', action: 'add', then }]);
    expect(outlook.problems).toEqual([]);
    const end = await restorer.restore(wish);
    expect(end).toMatchObject({ type: 'RestoreCompleted', data: { kept: { paths: 0, databases: [] } } });
    expect([await rows('shop_db'), await databases()]).toEqual([3, ['shop_db']]);
  });

  it('refuse alike where a privilege is missing, the name of what is kept is taken, or nobody answers', async () => {
    await mariadb.rootClient(`CREATE DATABASE ${kept}`);
    for (const [username, code] of [
      ['reader', 'MISSING_PRIVILEGE'],
      ['restore', 'IN_THE_WAY'],
      ['nobody', 'ACCESS_DENIED'],
    ] as const) {
      const restorer = await atWork(username);
      const { problems } = await restorer.look(wish);
      expect(problems.map((problem) => problem.code)).toEqual([code]);
      const end = await restorer.restore(wish);
      expect(end).toMatchObject({ type: 'RestoreFailed', data: { code, stage: 'request', target: 'untouched' } });
      expect([await rows('shop_db'), await databases()]).toEqual([4, [kept, 'shop_db']]);
    }
  });

  it('that would be refused asks for no safety backup; another one waits for its own', async () => {
    const safely = { ...wish, safetyBackup: true };
    const refused = await (await atWork('reader')).restore(safely);
    expect(refused).toMatchObject({ type: 'RestoreFailed', data: { code: 'MISSING_PRIVILEGE', stage: 'request' } });
    await expect((await atWork()).restore(safely)).rejects.toBeInstanceOf(RetryLater);
  });
});
