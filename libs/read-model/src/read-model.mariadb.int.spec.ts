import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReadModel, type ReadModelError } from './index.js';
import { readModelContract } from './testing/contract.js';
import { aReservation, aRun, Log } from './testing/history.js';
import { startMariadb, type TestMariadb } from './testing/mariadb.js';
import { allRows } from './testing/tables.js';

let server: TestMariadb;
beforeAll(async () => {
  server = await startMariadb();
}, 120_000);
afterAll(() => server.stop());

describe('the read model in MariaDB', () => {
  readModelContract(() => server.freshDatabase(), { histories: 5 });

  it('says which database is missing', async () => {
    const config = { ...(await server.freshDatabase()), database: 'nowhere' };
    await server.query(`GRANT ALL PRIVILEGES ON nowhere.* TO ${config.username}@'%'`);
    await expect(openReadModel(config)).rejects.toMatchObject({ code: 'READ_MODEL_MISSING' });
  });

  it('says that the password is wrong, and does not show it', async () => {
    const config = { ...(await server.freshDatabase()), password: { reveal: () => 'planted-secret' } };
    const error = await openReadModel(config).catch((thrown: unknown) => thrown as ReadModelError);
    expect(error).toMatchObject({ code: 'READ_MODEL_ACCESS_DENIED', retryable: false });
    expect(inspect(error)).not.toContain('planted-secret');
  });

  it('says that a privilege is missing', async () => {
    const config = await server.freshDatabase();
    await server.query(`REVOKE CREATE ON ${config.database}.* FROM ${config.username}@'%'`);
    await expect(openReadModel(config)).rejects.toMatchObject({ code: 'READ_MODEL_ACCESS_DENIED' });
  });

  it('says that nothing answers', async () => {
    const config = { ...(await server.freshDatabase()), port: 1 };
    await expect(openReadModel(config)).rejects.toMatchObject({ code: 'READ_MODEL_UNREACHABLE', retryable: true });
  });

  it('goes on after the server has thrown its connections out', async () => {
    const config = await server.freshDatabase();
    const model = await openReadModel(config);
    const log = new Log();
    log.appendRuns([aRun(0, 'havunadmin', 'success')]);
    await model.project(log.events.slice(0, 4));
    await server.query(`KILL USER ${config.username}@'%'`);
    const again = () => model.project(log.events);
    await again().catch(again).catch(again);
    expect(await model.checkpoint()).toBe(log.head);
    await model.close();
  });

  it('refuses what does not fit rather than cut it, and takes quotes and backslashes as they are', async () => {
    const config = await server.freshDatabase();
    const model = await openReadModel(config);
    const log = new Log();
    const source = `C:\\run\\'";--`;
    const stream = { host: 'local', category: 'project', id: 'p' } as const;
    const event = log.append(stream, aReservation('a-name'));
    await expect(model.project([{ ...event, source: 's'.repeat(300) }])).rejects.toMatchObject({
      code: 'READ_MODEL_QUERY_FAILED',
    });
    await model.project([{ ...event, source }]);
    expect(await model.queries.auditLog({ limit: 2 })).toMatchObject([{ source }]);
    await model.close();
  });

  it('rebuilds also where an exchange of the tables was interrupted', async () => {
    const config = await server.freshDatabase();
    const model = await openReadModel(config);
    const log = new Log();
    log.appendRuns([aRun(0, 'havunadmin', 'success')]);
    await model.project(log.events);
    const rows = await allRows(config);
    await server.query(
      `USE ${config.database}; CREATE TABLE audit_log__old LIKE audit_log; CREATE TABLE backup_runs__rebuild (x INT)`,
    );
    await model.rebuild(log.read);
    expect(await allRows(config)).toEqual(rows);
    await model.close();
  });
});
