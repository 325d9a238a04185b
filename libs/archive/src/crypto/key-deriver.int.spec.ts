import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyDeriver } from './key-deriver.js';
import { lanesModule } from './pbkdf2-lanes.js';
import { freshSalt, type EntryKeys } from './winzip-aes.js';

const PASSWORD = 'corréct hörse "battery" €';
const expected = (salt: Buffer): Buffer => pbkdf2Sync(PASSWORD, salt, 1000, 66, 'sha1');
const joined = ({ aes, mac, verifier }: EntryKeys): Buffer => Buffer.concat([aes, mac, verifier]);

/** Derives so many keys, and compares each with OpenSSL's. */
const check = async (deriver: KeyDeriver, count: number): Promise<void> => {
  const salts = Array.from({ length: count }, freshSalt);
  const keys = await Promise.all(salts.map((salt) => deriver.derive(salt)));
  keys.forEach((derived, i) => {
    const salt = salts[i] ?? Buffer.alloc(0);
    expect([derived.salt, joined(derived)]).toEqual([salt, expected(salt)]);
  });
};

describe('keys for many entries', () => {
  it('come from threads once there are many, each for its own salt', async () => {
    const deriver = new KeyDeriver(PASSWORD, { parallelism: 2, few: 3 });
    await check(deriver, 3);
    await deriver.started();
    expect(deriver.lanes).toBe(0);
    await deriver.derive(freshSalt());
    await deriver.started();
    expect(deriver.lanes).toBe(2);
    await check(deriver, 150);
    await deriver.close();
  });

  it('are right when the threads end in the middle', async () => {
    const deriver = new KeyDeriver(PASSWORD, { parallelism: 2, few: 0 });
    await deriver.derive(freshSalt());
    await deriver.started();
    expect(deriver.lanes).toBe(2);
    const deriving = check(deriver, 150);
    await deriver.close();
    await deriving;
    expect(deriver.lanes).toBe(0);
    await check(deriver, 2);
  });

  it.each([
    ['cannot start', new Uint8Array(8)],
    ['derive something else', lanesModule(999)],
  ])('are right when the threads %s', async (_, module) => {
    const deriver = new KeyDeriver(PASSWORD, { parallelism: 1, few: 0, module });
    await check(deriver, 40);
    await deriver.started();
    expect(deriver.lanes).toBe(0);
    await check(deriver, 40);
    await deriver.close();
  });
});
