import type { Sshd } from '@havun/test-servers';
import { createStorage, storageConfigSchema } from '../index.js';
import type { StorageDeps, StoragePort } from '../index.js';

/** A storage on a test's server, configured as a user would, with the given keys in place of the right ones. */
export function storageOn(sshd: Sshd, changes: Record<string, unknown> = {}, deps: StorageDeps = {}): StoragePort {
  const config = {
    type: 'sftp',
    host: sshd.host,
    port: sshd.port,
    username: sshd.username,
    private_key_file: sshd.privateKeyFile,
    host_key: sshd.hostKeyFingerprint,
    path: sshd.root,
    ...changes,
  };
  return createStorage('hetzner', storageConfigSchema.parse(config), deps);
}
