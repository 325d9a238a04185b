import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from '@jest/globals';
import { startMariadb } from './index.js';

it('starts a MariaDB server, answers SQL, and leaves nothing', async () => {
  const server = await startMariadb({ serverOptions: ['--default-time-zone=+05:00'] });
  try {
    expect(await server.rootClient('SELECT @@time_zone, @@port')).toBe(`+05:00\t${server.port}\n`);
    await server.createUser("o'brien", 'pass\\word', ['SELECT ON `mysql`.*']);
    expect(await server.rootClient('SELECT user FROM mysql.user WHERE user LIKE "o%"')).toBe("o'brien\n");
  } finally {
    await server.stop();
  }
  expect(existsSync(`/proc/${server.pid}`)).toBe(false);
  expect(existsSync(dirname(server.datadir))).toBe(false);
});

it('reports why a MariaDB server did not start', async () => {
  await expect(startMariadb({ serverOptions: ['--no-such-option'] })).rejects.toThrow('no-such-option');
});
