import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { runProgram, startSshd } from './index.js';

it('starts an OpenSSH server that takes its key and no other, and leaves nothing', async () => {
  const server = await startSshd();
  try {
    const login = (key: string): Promise<string> => {
      const options = [
        'BatchMode=yes',
        'IdentitiesOnly=yes',
        'StrictHostKeyChecking=no',
        'UserKnownHostsFile=/dev/null',
      ];
      const flags = ['-F', 'none', '-P', String(server.port), '-i', key, ...options.flatMap((text) => ['-o', text])];
      return runProgram('sftp', [...flags, '-b', '-', `${server.username}@127.0.0.1`], {
        input: `ls ${server.root}\n`,
      });
    };
    await writeFile(join(server.root, 'a-file'), '');
    expect(await login(server.privateKeyFile)).toContain('a-file');
    await expect(login(server.strangerKeyFile)).rejects.toThrow(/Permission denied/);
    expect(server.log()).toContain('Accepted publickey');
  } finally {
    await server.stop();
  }
  expect(existsSync(`/proc/${server.pid}`)).toBe(false);
  expect(existsSync(dirname(server.privateKeyFile))).toBe(false);
});

it('serves a folder of the test without removing it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'havun-files-'));
  await (await startSshd({ root, internalSftpOnly: true })).stop();
  expect(existsSync(root)).toBe(true);
  await rm(root, { recursive: true });
});
