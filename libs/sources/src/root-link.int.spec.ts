import { lchown, lstat, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { createSource } from './create-source.js';
import { Disk } from './files/disk.js';
import { OpenFiles } from './files/open-files.js';
import { walk } from './files/walk.js';

const stranger = 65_534;

describe("a project's root", () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('havun-root-');
    await mkdir(join(folder.path, 'outside'));
    await writeFile(join(folder.path, 'outside/a.txt'), 'secret');
  });
  afterEach(() => folder.remove());

  const problems = async (root: string): Promise<string[]> => {
    const config = {
      name: 'site',
      type: 'nodejs-app',
      paths: { root },
      include: { database: false, config: false, files: ['a.txt'] },
    };
    const plan = await createSource(config as Parameters<typeof createSource>[0]).plan();
    return plan.problems.map(({ code }) => code);
  };

  it('may be a link of root, and not one of somebody who does not own what it leads to', async () => {
    const root = join(folder.path, 'site');
    await symlink(join(folder.path, 'outside'), root);
    expect(await problems(root)).toEqual([]);
    await lchown(root, stranger, stranger);
    expect(await problems(root)).toEqual(['PATH_OUTSIDE_ROOT']);
  });

  it('is read no further once a folder above what was seen became a link, though it leads to the very same file', async () => {
    const [www, aside] = [join(folder.path, 'www'), join(folder.path, 'aside')];
    await mkdir(join(www, 'site'), { recursive: true });
    await writeFile(join(www, 'site/a.txt'), 'mine');
    const start = join(www, 'site');
    const found = [];
    for await (const each of walk({ path: '', raw: start, stats: await lstat(start) }, { onWarning: () => undefined }))
      found.push(each);
    await rename(www, aside);
    await symlink(aside, www);
    const said: string[] = [];
    const disk = new Disk();
    const files = new OpenFiles(disk, ({ code }) => said.push(code));
    expect(await files.open(found.filter(({ stats }) => stats.isFile()))).toEqual([undefined]);
    expect(said).toEqual(['VANISHED']);
    await files.close();
    await disk.close();
  });
});
