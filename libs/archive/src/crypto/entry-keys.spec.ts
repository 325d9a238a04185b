import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { EntryKeyring } from './entry-keys.js';
import { lanesModule } from './pbkdf2-lanes.js';
import { freshSalt, type EntryKeys } from './winzip-aes.js';

const PASSWORD = 'corréct hörse "battery" €';
const expected = (salt: Buffer): Buffer => pbkdf2Sync(PASSWORD, salt, 1000, 66, 'sha1');
const joined = ({ aes, mac, verifier }: EntryKeys): Buffer => Buffer.concat([aes, mac, verifier]);

/** Derives this many keys, all of them before any is compared, and compares each with OpenSSL's. */
const check = (keyring: EntryKeyring, count: number): void => {
  const keys = Array.from({ length: count }, () => keyring.derive(freshSalt()));
  for (const derived of keys) expect(joined(derived)).toEqual(expected(derived.salt));
};

describe('keys for many entries', () => {
  it('come from the lanes, each for its own salt', () => {
    const keyring = new EntryKeyring(PASSWORD);
    expect(keyring.lanes).toBe(true);
    check(keyring, 20);
  });

  it.each([
    ['cannot be made', new Uint8Array(8)],
    ['derive something else', lanesModule(999)],
  ])('are right when the lanes %s', (_, module) => {
    const keyring = new EntryKeyring(PASSWORD, module);
    expect(keyring.lanes).toBe(false);
    check(keyring, 20);
  });
});
