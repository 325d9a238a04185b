import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { createStorage } from '../index.js';
import { storageContract } from '../testing/contract.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havun-local-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

storageContract('local', async () => {
  count += 1;
  const path = join(folder, String(count), 'backups');
  const make = () => createStorage('disk', { type: 'local', path });
  return Promise.resolve({ storage: make(), another: make, place: (remotePath) => join(path, remotePath) });
});
