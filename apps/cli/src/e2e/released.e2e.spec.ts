import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { publishReleasedLog, readReleasedLog } from '@havun/event-store/testing';
import { startNatsServer } from '@havun/test-servers';
import { jsonOf } from './testing/havun.js';
import { makeSite, type Site } from './testing/site.js';

/** What release 0.1 answered, by the arguments of the command. */
const answers = new URL('testing/released-answers-0.1.json', import.meta.url);
const tables = new URL('../../../../libs/read-model/src/testing/read-model-0.1.sqlite.sql', import.meta.url);

/** The data folder of somebody who has release 0.1: its log, and the tables that it made of it. */
async function writeDataOf01(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const server = await startNatsServer({ storeDir: join(dataDir, 'nats') });
  const connection = await connect({ servers: server.url });
  await publishReleasedLog(connection, await readReleasedLog('0.1'));
  await connection.close();
  await server.stop();
  execFileSync('sqlite3', [join(dataDir, 'read-model.sqlite')], { input: await readFile(tables, 'utf8') });
}

const project = {
  type: 'nodejs-app',
  paths: { root: 'site' },
  include: { database: false },
  encryption: { enabled: false },
};

describe('the built command line over the data of release 0.1', () => {
  let site: Site;
  let released: Record<string, object[]>;

  beforeAll(async () => {
    site = await makeSite();
    await writeFile(join(site.root, 'package.json'), '{"version":"1.2.3"}\n');
    await writeFile(join(site.root, '.env'), 'APP_ENV=production\n');
    await writeDataOf01(site.dataDir);
    await site.configure({
      data_dir: 'data',
      drill: { enabled: false },
      storage: { local: { path: 'backups' } },
      projects: { webshop: project, havunadmin: { ...project, host: 'web-2' } },
    });
    released = JSON.parse(await readFile(answers, 'utf8')) as Record<string, object[]>;
  });
  afterAll(() => site.remove());

  const answer = async (command: string): Promise<unknown> => {
    const said = await site.havun([...command.split(' '), '--json']);
    expect(said).toMatchObject({ exitCode: 0 });
    return jsonOf(said);
  };

  it.each([['backup:list'], ['backup:list --project=webshop --limit=3'], ['restore:list']])(
    'gives the same %s',
    async (command) => {
      expect(await answer(command)).toMatchObject(released[command]!);
    },
  );

  it.each([
    ['a backup whose copy was moved', '2026-11-25-15-33-04-webshop'],
    ['a backup that was found in the storages', '2026-11-25-15-32-57-webshop'],
    ['a restore that passed over a copy', 'restore-2026-11-25-15-33-25-webshop'],
    ['a restore of another machine, with an undo that failed', 'restore-2026-11-20-09-00-00-havunadmin'],
  ])('shows the events of %s', async (_, name) => {
    const { events } = (await answer(`backup:show ${name}`)) as { events: { id: string; event: object }[] };
    expect(events.map(({ id, event }) => ({ id, ...event }))).toMatchObject(released[`backup:show ${name}`]!);
  });

  it('gives the same lists after projection:rebuild', async () => {
    expect(await site.havun(['projection:rebuild'])).toMatchObject({ exitCode: 0 });
    expect(await answer('backup:list')).toMatchObject(released['backup:list']!);
  });

  it('goes on with a new backup beside those that were there', async () => {
    const [run] = (await answer('backup:run --project=webshop --wait')) as { backup: string; status: string }[];
    expect(run).toMatchObject({ status: 'success' });
    const listed = (await answer('backup:list')) as { name: string }[];
    expect(listed.filter(({ name }) => name === run!.backup)).toMatchObject([{ status: 'success' }]);
    expect(listed.filter(({ name }) => name !== run!.backup)).toMatchObject(released['backup:list']!);
  });
});
