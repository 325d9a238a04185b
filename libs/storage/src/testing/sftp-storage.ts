import type { Sshd } from '@havun/test-servers';
import { createStorage, storageConfigSchema } from '../index.js';
import type { StorageDeps, StoragePort } from '../index.js';

/** The configuration of a storage on a test's server, as a user writes it. */
export const configOn = (sshd: Sshd): Record<string, unknown> => ({
  type: 'sftp',
  host: sshd.host,
  port: sshd.port,
  username: sshd.username,
  private_key_file: sshd.privateKeyFile,
  host_key: sshd.hostKeyFingerprint,
  path: sshd.root,
});

/** A storage on a test's server, with the given keys replaced. */
export function storageOn(sshd: Sshd, changes: Record<string, unknown> = {}, deps: StorageDeps = {}): StoragePort {
  return createStorage('hetzner', storageConfigSchema.parse({ ...configOn(sshd), ...changes }), deps);
}
