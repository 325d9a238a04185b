import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from './programs.js';

let temporary: TemporaryFolder;
beforeEach(async () => (temporary = await temporaryFolder('havun-programs-')));
afterEach(() => temporary.remove());

async function install(...paths: string[]): Promise<void> {
  for (const path of paths) {
    const file = join(temporary.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '#!/bin/sh\n', { mode: 0o755 });
  }
}
const found = async (names: string[], searchPath = '/nowhere') =>
  (await findProgram(names, { searchPath, systemRoot: temporary.path }))?.path.slice(temporary.path.length + 1);

it('a program is found in the search path before it is found where the distribution puts it', async () => {
  await install('usr/sbin/mariadbd', 'opt/bin/mariadbd');
  expect(await found(['mariadbd'], join(temporary.path, 'opt/bin'))).toBe('opt/bin/mariadbd');
  expect(await found(['mariadbd'], '/usr/bin:/bin'.replaceAll('/', '/nowhere/'))).toBe('usr/sbin/mariadbd');
});

it.each([
  [
    ['usr/lib/postgresql/9.6/bin', 'usr/lib/postgresql/15/bin', 'usr/lib/postgresql/17/bin'],
    'usr/lib/postgresql/17/bin',
  ],
  [['usr/pgsql-16/bin', 'usr/pgsql-17/bin'], 'usr/pgsql-17/bin'],
  [['usr/libexec/postgresql16', 'usr/libexec/postgresql17'], 'usr/libexec/postgresql17'],
])('of the releases of PostgreSQL in %j the newest is taken', async (folders, newest) => {
  await install(...folders.map((folder) => `${folder}/initdb`));
  expect(await found(['initdb'])).toBe(`${newest}/initdb`);
});

it('a program that is nowhere is not found', async () => {
  await install('usr/sbin/mariadbd');
  expect(await found(['mysqld'])).toBeUndefined();
});
