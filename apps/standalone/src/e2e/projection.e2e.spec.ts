import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { tablesOf } from '@havun/read-model/testing';
import { World, type EmbeddedWorld } from './testing/world.js';

/** Fault 12: with the rows of a success, a partial success and a failure in the tables. */
describe('the tables are a projection of the log:', () => {
  let sshd: Sshd;
  let world: EmbeddedWorld;
  let before: ReturnType<typeof tablesOf>;

  beforeAll(async () => {
    sshd = await startSshd();
    world = await World.embedded({ sshd });
    const site = { type: 'nodejs-app', paths: { root: world.site }, encryption: { enabled: false } };
    const projects = {
      good: site,
      // Nothing of what it asks for is there.
      bad: { ...site, include: { files: ['no/such/folder'], config: false, database: false } },
    };
    const uploads = { attempts: 1, wait_hours: 0 };
    await world.reconfigure({ projects, uploads });
    expect((await world.havun('backup:run', '--wait')).code).toBe(1);
    world.gate.cut();
    await world.gate.stop();
    expect((await world.havun('backup:run', '--project=good', '--wait')).code).toBe(1);
    before = tablesOf(world.readModel);
    expect(before['backup_logs']?.map(({ status }) => status).sort()).toEqual(['failed', 'partial', 'success']);
  });

  afterAll(async () => {
    await world.remove();
    await sshd.stop();
  });

  it('projection:rebuild gives the same rows in every table', async () => {
    expect((await world.havun('projection:rebuild')).code).toBe(0);
    expect(tablesOf(world.readModel)).toEqual(before);
  });

  it('without the file, the next command makes the same tables', async () => {
    await removeTables(world);
    const { code, stdout } = await world.havun('backup:list', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(3);
    expect(tablesOf(world.readModel)).toEqual(before);
  });

  it('without the file, projection:rebuild makes the same tables, too', async () => {
    await removeTables(world);
    const { code, stderr } = await world.havun('projection:rebuild');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(tablesOf(world.readModel)).toEqual(before);
  });

  it('tables that are ahead of the log are neither filled nor rebuilt: the command says so, and they stay', async () => {
    await rename(join(world.folder, 'data', 'nats'), join(world.folder, 'data', 'nats-before'));
    for (const command of [['backup:run', '--project=good'], ['projection:rebuild'], ['up']]) {
      const { code, stdout, stderr } = await world.havun(...command);
      expect({ command, code }).toEqual({ command, code: 5 });
      expect(stdout + stderr).toMatch(/The tables contain events up to position \d+, and the log ends at position 0/);
      expect(stderr).toContain('[READ_MODEL_AHEAD]');
    }
    expect(tablesOf(world.readModel)).toEqual(before);
    expect((await readdir(join(world.local, 'good', 'hot'))).filter((name) => name.endsWith('.zip'))).toHaveLength(2);
  });
});

/** The file, and the two that SQLite keeps beside it. */
async function removeTables(world: World): Promise<void> {
  for (const end of ['', '-wal', '-shm']) await rm(`${world.readModel}${end}`, { force: true });
}
