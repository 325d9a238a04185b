import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { lchown, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createSource } from '../create-source.js';
import { consume } from '../testing/consume.js';
import { projectTree } from '../testing/project-tree.js';
import { readFixedFile } from './fixed-file.js';

describe('a file with a fixed name', () => {
  let root: string;
  let outside: string;
  beforeEach(async () => {
    root = await realpath(await projectTree({ 'releases/1/.nvmrc': 'v22' }));
    outside = await projectTree({ secret: 'SECRET' });
  });
  afterEach(() => Promise.all([root, outside].map((folder) => rm(folder, { recursive: true, force: true }))));
  const pipe = (name: string) => execFileSync('mkfifo', [join(root, name)]);

  it('is read, also through a link that stays in the project', async () => {
    await symlink('releases/1/.nvmrc', join(root, '.nvmrc'));
    expect(await readFixedFile(root, '.nvmrc')).toEqual({ text: 'v22' });
    expect(await readFixedFile(root, 'releases/1/.nvmrc')).toEqual({ text: 'v22' });
    expect(await readFixedFile(root, 'composer.lock')).toEqual({ missing: true });
  });

  it('is not read through a link that leads out of the project', async () => {
    await symlink(join(outside, 'secret'), join(root, '.nvmrc'));
    await symlink(outside, join(root, '.git'));
    const refused = { refused: 'is a link that leads out of its folder' };
    expect(await readFixedFile(root, '.nvmrc')).toEqual(refused);
    expect(await readFixedFile(root, '.git/secret')).toEqual(refused);
  });

  it('is not waited for where it is a pipe, a socket, a device or a folder', async () => {
    pipe('pipe');
    await symlink('/dev/zero', join(root, 'zero'));
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((listening) => server.once('listening', listening));
    for (const name of ['pipe', 'zero', 'socket', 'releases']) {
      expect(await readFixedFile(root, name)).toEqual({ refused: 'is not a regular file' });
    }
    await new Promise((closed) => server.close(closed));
  });

  it('is not read where it is too large, nor once the run was aborted', async () => {
    await writeFile(join(root, 'large'), '');
    await truncate(join(root, 'large'), 1024 ** 4);
    expect(await readFixedFile(root, 'large')).toEqual({ refused: 'is larger than 16 MiB' });
    const aborted = AbortSignal.abort(new Error('stopped'));
    await expect(readFixedFile(root, '.nvmrc', aborted)).rejects.toThrow('stopped');
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip; // Only root may give links away.
  const project = (names: string[]) =>
    createSource({
      name: 'x',
      type: 'nodejs-app',
      paths: { root, json_databases: names },
      include: { files: ['releases'] },
    }).open();

  asRoot('ends the backup where it is .env or a JSON database, and a link of another user leads out', async () => {
    for (const name of ['.env', 'a.json']) {
      await symlink(join(outside, 'secret'), join(root, name));
      await lchown(join(root, name), 33, 33);
    }
    const opened = project(['a.json']);
    await expect(opened).rejects.toThrow('a.json leads out of the project');
    await expect(opened).rejects.toThrow('.env leads out of the project');
  });

  it('is not waited for where it is a JSON database and a pipe', async () => {
    await writeFile(join(root, '.env'), 'K=1');
    pipe('a.json');
    const source = await project(['a.json']);
    const names = [...(await consume(source)).keys()];
    await source.close();
    expect(names.filter((name) => name.endsWith('.json'))).toEqual([]);
    expect(source.details().warnings).toMatchObject([{ code: 'SKIPPED_SPECIAL_FILE', path: 'a.json' }]);
  });

  it('stops no backup, whichever of them is a pipe', async () => {
    await writeFile(join(root, 'index.js'), 'x');
    execFileSync('mkdir', ['-p', join(root, '.git/refs/heads')]);
    const names = ['.nvmrc', '.node-version', 'composer.lock', 'composer.json', 'package.json', '.env', '.git/HEAD'];
    for (const name of names) pipe(name);
    const source = await createSource({
      name: 'x',
      type: 'nodejs-app',
      paths: { root },
      include: { database: false, files: ['index.js'] },
    }).open();
    expect([...(await consume(source)).keys()]).toEqual(['index.js']);
    await source.close();
    const warned = source.details().warnings.map(({ code, path }) => [code, path]);
    expect(warned).toEqual([
      ['ENV_FILE_MISSING', '.env'],
      ...['composer.lock', 'composer.json', 'package.json', '.nvmrc', '.node-version'].map((path) => [
        'VERSION_UNREADABLE',
        path,
      ]),
    ]);
  });
});
