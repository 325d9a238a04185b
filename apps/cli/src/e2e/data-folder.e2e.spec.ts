import { readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mayMount, mountSmallDisk, remountReadOnly } from './testing/small-disk.js';
import { jsonOf, type Answer } from './testing/havun.js';
import { makeSite, type Site } from './testing/site.js';

const isRoot = process.getuid?.() === 0;
const itAsRoot = isRoot ? it : it.skip;
const itWithDisks = mayMount() ? it : it.skip;
const somebodyElse = 54_321;

let site: Site;
beforeEach(async () => {
  site = await makeSite();
  await writeFile(join(site.root, 'index.js'), 'export {};\n');
  await site.configure({
    data_dir: 'data',
    storage: { local: { path: 'backups' } },
    projects: {
      tool: {
        type: 'nodejs-app',
        paths: { root: 'site' },
        include: { database: false, files: ['*.js'] },
        encryption: { enabled: false },
      },
    },
  });
});
afterEach(() => site.remove());

/** Processes whose command line names the site's folder. */
const leftRunning = (): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(site.folder);
    } catch {
      return false; // no process, or no longer
    }
  });

/** Each command that needs the stack ends with 5, says this and what to do, and leaves nothing running. */
async function expectRefusal(message: RegExp): Promise<void> {
  for (const args of [['backup:list'], ['backup:run', '--wait'], ['up']]) {
    const answer: Answer = await site.havun([...args, '--json']);
    expect({ args, ...answer }).toMatchObject({ exitCode: 5 });
    expect(answer.stderr).toMatch(message);
    expect(answer.stderr).not.toMatch(/^\s+at /m);
    const { error } = jsonOf(answer) as { error: { code: string; remedy: string } };
    expect(error).toMatchObject({ code: 'DATA_DIR_UNUSABLE', remedy: expect.stringMatching(/data_dir|chown/) });
  }
  expect(leftRunning()).toEqual([]);
}

describe('a data_dir that this process can not write', () => {
  itAsRoot('belongs to another user', async () => {
    await mkdir(site.dataDir, { mode: 0o750 });
    await chown(site.dataDir, somebodyElse, somebodyElse);
    await expectRefusal(new RegExp(`${site.dataDir} belongs to user ${somebodyElse}, mode 0750`));
  });

  it('is a file', async () => {
    await writeFile(site.dataDir, 'a file');
    await expectRefusal(/data \(no folder\) belongs to user \d+.*it has to be a folder/);
  });

  it('has a file where its logs go', async () => {
    await mkdir(site.dataDir);
    await writeFile(join(site.dataDir, 'log'), 'a file');
    await expectRefusal(/data\/log \(no folder\) belongs to user/);
  });

  itWithDisks('is on a full disk', async () => {
    await mkdir(site.dataDir);
    const disk = mountSmallDisk(site.dataDir, 2);
    try {
      await disk.fillAllBut(0);
      await expectRefusal(/data_dir can't be written: .*no space left/i);
    } finally {
      disk.unmount();
    }
  });

  itWithDisks('is on a file system that is mounted for reading only', async () => {
    await mkdir(site.dataDir);
    const disk = mountSmallDisk(site.dataDir, 2);
    try {
      remountReadOnly(site.dataDir);
      await expectRefusal(/data_dir can't be written: .*read-only file system/i);
    } finally {
      disk.unmount();
    }
  });
});

it('what lies in data_dir is for its owner alone, also where an earlier release left it open', async () => {
  const tables = join(site.dataDir, 'read-model.sqlite');
  const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
  expect((await site.havun(['backup:run', '--wait'])).exitCode).toBe(0);
  expect([await mode(site.dataDir), await mode(tables)]).toEqual(['700', '600']);
  await Promise.all([chmod(site.dataDir, 0o755), chmod(tables, 0o644)]);
  expect((await site.havun(['backup:run', '--wait'])).exitCode).toBe(0);
  expect([await mode(site.dataDir), await mode(tables)]).toEqual(['700', '600']);
});

it('with the log out of reach, backup:list and backup:show read the tables, and say how old they are', async () => {
  const run = jsonOf(await site.havun(['backup:run', '--wait', '--json'])) as { backup: string }[];
  const name = run[0]!.backup;
  await rm(join(site.dataDir, 'run'), { recursive: true });
  const settings = JSON.parse(readFileSync(join(site.folder, 'havun.yaml'), 'utf8')) as object;
  await site.configure({ ...settings, nats: { url: 'nats://127.0.0.1:1' } });
  const list = await site.havun(['backup:list']);
  expect(list).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(name) });
  expect(list.stderr).toMatch(/NATS_UNREACHABLE.*\n.*their last event is of 20\d\d-\d\d-\d\d/);
  const show = await site.havun(['backup:show', name]);
  expect(show).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Requested[^]*Success after/) });
  expect(show.stderr).toMatch(/their last event is of/);
});

describe('a configuration that is not ours to believe', () => {
  itAsRoot('lies in the current folder, and belongs to another user', async () => {
    await chown(join(site.folder, 'havun.yaml'), somebodyElse, somebodyElse);
    const { exitCode, stderr } = await site.havun(['backup:list']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/havun\.yaml belongs to user 54321.*\[CONFIG_UNTRUSTED\]/);
  });

  it('may be written by everybody', async () => {
    await chmod(join(site.folder, 'havun.yaml'), 0o666);
    const { exitCode, stderr } = await site.havun(['config:check']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/\[CONFIG_UNTRUSTED\][^]*chmod go-w/);
  });
});
