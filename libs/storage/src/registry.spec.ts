import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Secret, createStorage, storageConfigSchema, storageKinds } from './index.js';

const hostKey = `SHA256:${'a'.repeat(43)}`;
const sftp = { type: 'sftp', host: 'h', username: 'u', private_key_file: '/k', host_key: hostKey, path: '/b' };

describe('the configuration of a storage', () => {
  it('gives an sftp storage its port and number of connections', () => {
    expect(storageConfigSchema.parse(sftp)).toMatchObject({ port: 22, max_connections: 4 });
  });

  it('accepts a list of host keys', () => {
    expect(storageConfigSchema.safeParse({ ...sftp, host_key: [hostKey, hostKey] }).success).toBe(true);
  });

  it.each([
    ['an unknown type', { ...sftp, type: 'ftp' }],
    ['an unknown key', { ...sftp, hostname: 'h' }],
    ['an unknown key of a local storage', { type: 'local', path: '/b', host: 'h' }],
    ['a relative local path', { type: 'local', path: 'backups' }],
    ['no host key', { ...sftp, host_key: undefined }],
    ['an empty list of host keys', { ...sftp, host_key: [] }],
    ['an MD5 fingerprint', { ...sftp, host_key: 'MD5:aa:bb' }],
    ['a padded fingerprint', { ...sftp, host_key: `${hostKey}=` }],
    ['neither key nor password', { ...sftp, private_key_file: undefined }],
    ['both key and password', { ...sftp, password: 'p' }],
    ['a passphrase without a key', { ...sftp, private_key_file: undefined, password: 'p', passphrase: 'q' }],
    ['an empty password', { ...sftp, private_key_file: undefined, password: '' }],
    ['no connections', { ...sftp, max_connections: 0 }],
    ['a port that is none', { ...sftp, port: 70_000 }],
  ])('refuses %s', (_what, config) => {
    expect(storageConfigSchema.safeParse(config).success).toBe(false);
  });

  it('keeps secrets out of everything printed', () => {
    const config = storageConfigSchema.parse({ ...sftp, private_key_file: undefined, password: 'hunter2' });
    const storage = createStorage('s', config);
    const password = new Secret('hunter2');
    const printed = [inspect(config), JSON.stringify(config), inspect(storage, { depth: 10 }), password.toString()];
    expect(printed.join()).not.toContain('hunter2');
    expect(printed.join()).toContain('[secret]');
    expect(password.reveal()).toBe('hunter2');
  });

  it('can be published as a JSON Schema', () => {
    expect(z.toJSONSchema(storageConfigSchema, { io: 'input' })).toHaveProperty('oneOf');
  });

  it('knows each kind by one name', () => {
    expect(storageKinds.map((kind) => kind.type)).toEqual(['local', 'sftp']);
  });
});
