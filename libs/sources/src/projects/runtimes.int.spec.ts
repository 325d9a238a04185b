import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runtimesOf } from './runtimes.js';

describe('the runtimes of this machine', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-runtimes-'));
    await writeFile(join(folder, 'php'), '#!/bin/sh\necho "PHP 8.1.2-1ubuntu2 (cli)"\n', { mode: 0o755 });
    await writeFile(join(folder, 'node'), '#!/bin/sh\necho v18.19.0\n', { mode: 0o755 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const path = (): string => [folder, '/usr/bin', '/bin'].join(delimiter);

  it('are those that are started, and only those that the project uses', async () => {
    expect(await runtimesOf('laravel-app', { php: '^8.2' }, path())).toEqual({ php: '8.1.2' });
    expect(await runtimesOf('laravel-app', { node: '20' }, path())).toEqual({ php: '8.1.2', node: '18.19.0' });
    expect(await runtimesOf('nodejs-app', {}, path())).toEqual({ node: '18.19.0' });
  });

  it('are left out where there is no such program, or it says something else', async () => {
    await writeFile(join(folder, 'node'), '#!/bin/sh\necho no; exit 1\n', { mode: 0o755 });
    expect(await runtimesOf('nodejs-app', { php: '8' }, '/nonexistent')).toEqual({});
    expect(await runtimesOf('nodejs-app', {}, path())).toEqual({});
  });
});
