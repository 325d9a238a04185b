import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { expectOneArchive } from './testing/checks.js';
import { expectNothingLeft, leftOvers } from './testing/left-overs.js';
import type { App } from './testing/processes.js';
import { until } from './testing/until.js';
import { World, type EmbeddedWorld } from './testing/world.js';

interface Shown {
  readonly backup: string;
  readonly status: string;
}

let sshd: Sshd;
let world: EmbeddedWorld;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
afterEach(() => world.remove());

const isUploading = async (project = 'shop'): Promise<boolean> =>
  (await world.hot('remote', project)).some((name) => name.endsWith('.part'));

describe('with a stack that is up', () => {
  let up: App;

  beforeEach(async () => {
    world = await World.embedded({ sshd, site: { textBytes: 2_000_000, smallFiles: 20 } });
    up = world.launch('cli', 'up');
    await up.prints('The stack is up');
  });
  afterEach(async () => {
    await up.kill('SIGTERM');
    expectNothingLeft(world);
  });

  it('a second backup of a project is refused while one runs, and runs beside it when it is forced', async () => {
    world.gate.hold(300_000);
    const first = world.launch('cli', 'backup:run', '--wait');
    await until('the first uploads', () => isUploading(), { context: () => up.output() });

    const second = await world.havun('backup:run', '--json');
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(
      /A backup of shop is already running since 20\d\d-.*: 20\d\d-.*-shop \[ALREADY_RUNNING\]/,
    );
    expect(JSON.parse(second.stdout)).toMatchObject([{ project: 'shop', status: 'refused', code: 'ALREADY_RUNNING' }]);

    const forced = world.launch('cli', 'backup:run', '--force', '--wait');
    await forced.prints('requested');
    await until('both have an archive', async () => (await world.hot('local')).length === 4, {
      context: () => up.output(),
    });
    world.gate.open();
    expect([await first.exited, await forced.exited]).toEqual([0, 0]);
    const listed = JSON.parse((await world.havun('backup:list', '--json')).stdout) as {
      name: string;
      status: string;
    }[];
    expect(listed.map(({ status }) => status)).toEqual(['success', 'success']);
    for (const { name } of listed) await expectOneArchive(world, name);
  });

  it('Ctrl-C ends the watching and not the backup, and says how to follow it', async () => {
    world.gate.hold(300_000);
    const watching = world.launch('cli', 'backup:run', '--wait');
    await until('it uploads', () => isUploading(), { context: () => up.output() });
    watching.signal('SIGINT');
    await watching.exited;
    const follow = /The backup goes on\. Follow it with: havun backup:show (\S+)/.exec(watching.output());
    expect(follow).not.toBeNull();
    world.gate.open();
    const shown = await world.havun('backup:show', follow![1]!, '--follow');
    expect(shown.stdout).toContain('Success after');
    await expectOneArchive(world, follow![1]!);
  });
});

describe('without a stack', () => {
  it('two commands at once share one, and leave nothing behind', async () => {
    world = await World.embedded({ sshd });
    const projects = {
      one: { type: 'nodejs-app', paths: { root: world.site }, encryption: { enabled: false } },
      two: { type: 'nodejs-app', paths: { root: world.site }, encryption: { enabled: false } },
    };
    await world.reconfigure({ projects });
    const runs = await Promise.all(
      Object.keys(projects).map((project) => world.havun('backup:run', `--project=${project}`, '--wait', '--json')),
    );
    for (const [index, { code, stdout, stderr }] of runs.entries()) {
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const [{ backup, status }] = JSON.parse(stdout) as [Shown];
      expect(status).toBe('success');
      await expectOneArchive(world, backup, Object.keys(projects)[index]);
    }
    expectNothingLeft(world);
  });

  it('one that was killed leaves a server behind; the next command stops it and the backup is taken up again', async () => {
    world = await World.embedded({ sshd, site: { textBytes: 2_000_000, smallFiles: 20 } });
    world.gate.hold(300_000);
    const killed = world.launch('cli', 'backup:run', '--wait');
    await until('it uploads', () => isUploading(), { context: () => killed.output() });
    await killed.kill();
    const orphans = leftOvers(world);
    expect(orphans).toEqual([expect.stringContaining('nats-server')]);
    world.gate.cut();
    world.gate.open();

    const up = world.launch('cli', 'up');
    await up.prints('The stack is up');
    expect(leftOvers(world)).not.toContain(orphans[0]);
    const [{ name }] = JSON.parse((await world.havun('backup:list', '--json')).stdout) as [{ name: string }];
    const followed = await world.havun('backup:show', name, '--follow');
    expect(followed.stdout).toContain('Success after');
    await expectOneArchive(world, name);
    await up.kill('SIGTERM');
    expectNothingLeft(world);
  });
});
