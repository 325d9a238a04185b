import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHook } from './hooks.js';

describe('the folder that a hook runs in', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'havun-hooks-')));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is the project’s root', async () => {
    expect(await runHook('pwd', { cwd: folder, timeoutMs: 20_000 })).toBe(`${folder}\n`);
  });

  it('fails the hook at once where it is a pipe, a file or gone', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await writeFile(join(folder, 'file'), '');
    for (const name of ['pipe', 'file', 'gone']) {
      const run = runHook('pwd', { cwd: join(folder, name), timeoutMs: 20_000 });
      await expect(run).rejects.toMatchObject({ code: 'HOOK_FAILED' });
    }
  });
});
