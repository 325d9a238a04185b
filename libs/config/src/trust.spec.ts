import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkConfig, loadConfig } from './load.js';
import { minimal, withConfigFile } from './testing/check-text.js';
import { refuseUntrusted } from './trust.js';

describe('a configuration file', () => {
  const load = (mode: number): Promise<unknown> =>
    withConfigFile(minimal(), (path) => loadConfig({ path, env: {} }), mode);

  it('that group or others may write is refused, with what to do', async () => {
    for (const mode of [0o620, 0o602, 0o666])
      await expect(load(mode)).rejects.toMatchObject({
        code: 'CONFIG_UNTRUSTED',
        message: expect.stringMatching(/havun\.yaml may be written by others.*mode 06/),
        remedy: expect.stringContaining('chmod go-w'),
      });
    await load(0o644);
  });

  it('of another user is refused; that of root is not', () => {
    const untrusted = expect.objectContaining({
      code: 'CONFIG_UNTRUSTED',
      message: expect.stringContaining('/srv/havun.yaml belongs to user 33'),
    });
    let thrown: unknown;
    try {
      refuseUntrusted('/srv/havun.yaml', { uid: 33, mode: 0o100600 }, 0);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(untrusted);
    refuseUntrusted('/etc/havun.yaml', { uid: 0, mode: 0o100644 }, 1000);
    refuseUntrusted('/srv/havun.yaml', { uid: 1000, mode: 0o100600 }, 1000);
  });

  it('names a private key that others may read', async () => {
    const text = minimal().replace(
      'local: {path: /backups}',
      `local: {path: /backups}, offsite: {box: {type: sftp, host: box, username: u1, private_key_file: id, host_key: SHA256:${'a'.repeat(43)}, path: backups}}`,
    );
    await withConfigFile(text, async (path, folder) => {
      const key = join(folder, 'id');
      await writeFile(key, 'a key');
      const warned = async (): Promise<string[]> =>
        (await checkConfig({ path, env: {} })).warnings.map((each) => each.path);
      await chmod(key, 0o640);
      expect(await warned()).toContain('storage.offsite.box.private_key_file');
      await chmod(key, 0o600);
      expect(await warned()).not.toContain('storage.offsite.box.private_key_file');
    });
  });
});
