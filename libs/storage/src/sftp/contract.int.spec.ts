import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import type { StoragePort } from '../index.js';
import { behind, fileLike, storageContract } from '../testing/contract.js';
import { storageOn } from '../testing/sftp-storage.js';

describe.each([
  ['sftp, server that runs commands', false],
  ['sftp, server restricted to internal-sftp', true],
])('%s', (name, internalSftpOnly) => {
  let sshd: Sshd;
  let count = 0;
  const opened: StoragePort[] = [];
  beforeAll(async () => {
    sshd = await startSshd({ internalSftpOnly });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close()));
  });
  afterAll(() => sshd.stop());

  storageContract(name, { ...fileLike, hashesOnServer: true }, async () => {
    count += 1;
    const path = join(sshd.root, String(count), 'backups');
    const another = (): StoragePort => {
      const storage = storageOn(sshd, { path });
      opened.push(storage);
      return storage;
    };
    return Promise.resolve({ storage: another(), another, ...behind(path) });
  });
});
