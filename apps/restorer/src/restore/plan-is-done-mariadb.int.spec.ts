import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { restoreDecider, type RestoreEvent } from '@havun/domain';
import { execute } from '@havun/event-store';
import { RetryLater } from '@havun/messaging';
import { RESTORE_TOKEN, RestoreSite } from '@havun/restore/testing';
import { startMariadb, startNatsServer, type TestMariadb, type TestNatsServer } from '@havun/test-servers';
import { systemIds } from '@havun/service-kit';
import { RestorerAtWork, type RestoreAtHand } from '../testing/restorer-at-work.js';

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

  describe('whose database goes away at the switch', () => {
    const rotate = (password: string) => mariadb.rootClient(`ALTER USER restore IDENTIFIED BY '${password}'`);
    const onSwitch = (act: () => Promise<unknown>) => async (event: RestoreEvent) => {
      if (event.type === 'SwitchStarted') await act();
    };
    const types = async (restore: RestoreAtHand) => (await restore.events()).map(({ type }) => type);
    afterEach(() => rotate('secret password'));
    const heldUp = async (restore: RestoreAtHand) => {
      await expect(restore.run()).rejects.toBeInstanceOf(RetryLater);
      await expect(restore.run()).rejects.toBeInstanceOf(RetryLater);
      const events = await restore.events();
      expect(events.filter(({ type }) => type === 'SwitchHeldUp' || type === 'RestoreStarted')).toMatchObject([
        { type: 'RestoreStarted' },
        { type: 'SwitchHeldUp', data: { step: 'take-back', code: 'ACCESS_DENIED' } },
      ]);
    };

    /** Requests a restore that loses its database at the switch, and goes on with it while it is held up. */
    const whenHeldUp = async (work: (restore: RestoreAtHand) => Promise<void>) => {
      const restorer = await atWork();
      await restorer.request(
        wish,
        async (restore) => {
          await heldUp(restore);
          await work(restore);
        },
        onSwitch(() => rotate('another one')),
      );
    };

    it('is not given up: it is taken back as soon as that is there again', async () => {
      await whenHeldUp(async (restore) => {
        await rotate('secret password');
        await restore.run();
        const end = (await restore.events()).at(-1);
        expect(end).toMatchObject({ type: 'RestoreFailed', data: { target: 'taken-back', code: 'ACCESS_DENIED' } });
        expect([await rows('shop_db'), await databases()]).toEqual([4, ['shop_db']]);
      });
    });

    it('is taken back by its undo, which waits in its turn', async () => {
      await whenHeldUp(async (restore) => {
        await expect(restore.undo()).rejects.toBeInstanceOf(RetryLater);
        await rotate('secret password');
        await restore.undo();
        expect((await types(restore)).slice(-4)).toEqual([
          'RestoreUndoRequested',
          'SwitchHeldUp',
          'RestoreUndoRequested',
          'RestoreUndone',
        ]);
        expect([await rows('shop_db'), await databases()]).toEqual([4, ['shop_db']]);
        await restore.run();
        expect((await types(restore)).at(-1)).toBe('RestoreUndone');
      });
    });

    it('and that was given up as unclear is taken back by its undo', async () => {
      await whenHeldUp(async (restore) => {
        const { store, id } = restore;
        const stream = { host: 'local', category: 'restore', id } as const;
        const why = {
          code: 'DELIVERIES_EXHAUSTED',
          message: 'x',
          remedy: 'x',
          eventType: 'RestoreRequested',
        } as const;
        await execute({
          store,
          decider: restoreDecider,
          stream,
          command: { type: 'AbandonRestore', now: new Date().toISOString(), ...why },
          meta: { ids: systemIds, correlationId: id, source: 'test' },
        });
        expect((await restore.events()).at(-1)).toMatchObject({ type: 'RestoreFailed', data: { target: 'unclear' } });
        await rotate('secret password');
        await restore.undo();
        expect((await types(restore)).at(-1)).toBe('RestoreUndone');
        expect([await rows('shop_db'), await databases()]).toEqual([4, ['shop_db']]);
      });
    });
  });

  it('that can not tidy up behind its preparation is switched all the same', async () => {
    const restorer = await atWork();
    let download = '';
    await restorer.request(
      wish,
      async (restore) => {
        download = join((await site.config({})).storage.local.path, '.restores', `${restore.id}.zip`);
        await restore.run();
        expect((await restore.events()).at(-1)).toMatchObject({ type: 'RestoreCompleted' });
      },
      async ({ type }) => {
        if (type === 'SwitchStarted') await mkdir(download, { recursive: true });
      },
    );
    expect([await rows('shop_db'), await rows(kept)]).toEqual([3, 4]);
  });

  it('that would be refused asks for no safety backup; another one waits for its own', async () => {
    const safely = { ...wish, safetyBackup: true };
    const refused = await (await atWork('reader')).restore(safely);
    expect(refused).toMatchObject({ type: 'RestoreFailed', data: { code: 'MISSING_PRIVILEGE', stage: 'request' } });
    await expect((await atWork()).restore(safely)).rejects.toBeInstanceOf(RetryLater);
  });
});
