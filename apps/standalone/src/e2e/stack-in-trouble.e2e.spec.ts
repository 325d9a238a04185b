import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { expectOneArchive } from './testing/checks.js';
import { expectNothingLeft, stackFile } from './testing/left-overs.js';
import type { App } from './testing/processes.js';
import { until } from './testing/until.js';
import { World, type EmbeddedWorld } from './testing/world.js';

interface Listed {
  readonly name: string;
  readonly status: string;
  readonly interrupted?: boolean;
}

let sshd: Sshd;
let world: EmbeddedWorld;
let up: App;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  world = await World.embedded({ sshd, site: { textBytes: 2_000_000, smallFiles: 20 } });
  up = world.launch('cli', 'up');
  await up.prints('The stack is up');
});
afterEach(() => world.remove());

const natsPid = (): number =>
  (JSON.parse(readFileSync(stackFile(world), 'utf8')) as { nats: { pid: number } }).nats.pid;

const list = async (): Promise<Listed[]> => JSON.parse((await world.havun('backup:list', '--json')).stdout) as Listed[];

const uploads = (): Promise<void> =>
  until('it uploads', async () => (await world.hot('remote')).some((name) => name.endsWith('.part')), {
    context: () => up.output(),
  });

describe('nats-server is killed under a stack that is up', () => {
  afterEach(async () => {
    await up.kill('SIGTERM');
    expectNothingLeft(world);
  });

  it('the next backup succeeds, and nobody has done anything', async () => {
    const before = natsPid();
    process.kill(before, 'SIGKILL');
    const { code, stderr } = await world.havun('backup:run', '--wait', '--json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(natsPid()).not.toBe(before);
    expect(up.output()).toMatch(/nats-server \(process \d+\) has ended by itself; it is started again/);
  });

  it('also where it only hangs: it is killed, and the next backup succeeds', async () => {
    const before = natsPid();
    process.kill(before, 'SIGSTOP');
    await up.prints('nats-server is up again');
    expect(up.output()).toMatch(/nats-server \(process \d+\) has not answered for \d+ s, and was killed/);
    expect(natsPid()).not.toBe(before);
    expect((await world.havun('backup:run', '--wait')).code).toBe(0);
  });

  it('a backup that is running then, and the command that waits for it, come to their end', async () => {
    world.gate.hold(300_000);
    const waiting = world.launch('cli', 'backup:run', '--wait');
    await uploads();
    process.kill(natsPid(), 'SIGKILL');
    await up.prints('nats-server is up again');
    world.gate.open();
    expect({ code: await waiting.exited, said: waiting.output() }).toMatchObject({ code: 0 });
    const [backup] = await list();
    expect(backup).toMatchObject({ status: 'success' });
    await expectOneArchive(world, backup!.name);
  });

  it('once more and once more, and it is up again', async () => {
    for (let time = 0; time < 3; time += 1) {
      const pid = natsPid();
      process.kill(pid, 'SIGKILL');
      await until('another serves', () => existsSync(stackFile(world)) && natsPid() !== pid);
    }
    expect((await world.havun('backup:run', '--wait')).code).toBe(0);
  });
});

it('a stack whose nats-server can not be started again ends with exit code 5, says why, and leaves nothing', async () => {
  const folder = join(world.folder, 'data', 'nats');
  await world.havun('backup:run', '--wait');
  process.kill(natsPid(), 'SIGSTOP'); // so that it does not write while its folder goes
  await rename(folder, `${folder}.away`);
  await writeFile(folder, 'no folder');
  process.kill(natsPid(), 'SIGKILL');
  expect({ code: await up.exited, said: up.output().slice(-2000) }).toMatchObject({ code: 5 });
  expect(up.output()).toMatch(/restarted 5 times: [^]*\[NATS_SERVER_FAILED\]/);
  expectNothingLeft(world);
});

describe('SIGTERM while a backup is running', () => {
  it('ends the stack soon, says what was in hand; the list says that it waits, and the next start ends it', async () => {
    world.gate.hold(300_000);
    await world.havun('backup:run');
    await uploads();
    up.signal('SIGTERM');
    expect(await up.exited).toBe(0);
    expect(up.output()).toMatch(/Stopping: uploader \(1\) gets a few seconds/);
    expectNothingLeft(world);
    const listed = await world.havun('backup:list');
    expect(listed.stdout).toMatch(/distributing \(interrupted\)/);
    expect(listed.stderr).toMatch(/taken up again/);
    expect(await list()).toMatchObject([{ status: 'distributing', interrupted: true }]);

    world.gate.open();
    const again = world.launch('cli', 'up');
    await again.prints('The stack is up');
    await until('it has succeeded', async () => (await list())[0]?.status === 'success', {
      context: () => again.output(),
    });
    await again.kill('SIGTERM');
  });
});

describe('SIGHUP and havun reload', () => {
  const setting = (extra: object): Promise<void> => world.reconfigure(extra);
  afterEach(async () => {
    await up.kill('SIGTERM');
    expectNothingLeft(world);
  });

  it('the stack goes on with the file as it is now, and a backup in hand ends with the one before', async () => {
    world.gate.hold(300_000);
    const waiting = world.launch('cli', 'backup:run', '--wait');
    await uploads();
    await setting({ uploads: { attempts: 2 } });
    const other = await world.havun('backup:list');
    expect(other.stderr).toMatch(/has another configuration than this command.*havun reload/);
    const { code, stderr } = await world.havun('reload');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await world.havun('backup:list')).stderr).toBe('');
    world.gate.open();
    expect({ code: await waiting.exited, said: waiting.output() }).toMatchObject({ code: 0 });
    expect((await world.havun('backup:run', '--wait')).code).toBe(0);
  });

  it('a bad file is refused in the log, and the old one is kept', async () => {
    await setting({ timezone: 'Europe/Nowhere' });
    up.signal('SIGHUP');
    await up.prints('The configuration was not reloaded, and the one before is kept');
    expect(up.output()).toMatch(/timezone/);
    await setting({});
    expect((await world.havun('backup:run', '--wait')).code).toBe(0);
  });

  it('a key that can not change while it runs is named', async () => {
    await setting({ host: 'elsewhere' });
    up.signal('SIGHUP');
    await up.prints("host can't change while it runs");
    expect(up.output()).toMatch(/RESTART_NEEDED.*Restart the stack/);
  });
});

describe('a command that has the stack in its own process', () => {
  it.each(['SIGTERM', 'SIGHUP'] as const)('leaves no nats-server when it is ended by %s', async (signal) => {
    await up.kill('SIGTERM');
    world.gate.hold(300_000);
    const command = world.launch('cli', 'backup:run', '--wait');
    await uploads();
    command.signal(signal);
    expect(await command.exited).toBe(signal === 'SIGTERM' ? 143 : 129);
    expect(command.output()).toMatch(new RegExp(`Stopped by ${signal}`));
    expectNothingLeft(world);
  });
});
