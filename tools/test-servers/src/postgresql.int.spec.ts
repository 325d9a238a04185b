import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from '@jest/globals';
import { startPostgresql } from './index.js';

it('starts a PostgreSQL server, answers SQL, and leaves nothing', async () => {
  const server = await startPostgresql();
  let data = '';
  try {
    data = (await server.superClient('SHOW data_directory')).trim();
    expect(existsSync(data)).toBe(true);
    expect(await server.superClient('SHOW port')).toBe(`${server.port}\n`);
  } finally {
    await server.stop();
  }
  expect(existsSync(`/proc/${server.pid}`)).toBe(false);
  expect(existsSync(dirname(data))).toBe(false);
});
