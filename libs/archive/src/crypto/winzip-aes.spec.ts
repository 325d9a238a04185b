import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes } from '../testing/entries.js';
import { deriveKeys, EntryDecryption, EntryEncryption, freshSalt } from './winzip-aes.js';

/** The definition, byte by byte: AES of the little-endian counter from 1. */
const reference = (data: Buffer, key: Buffer): Buffer => {
  const out = Buffer.from(data);
  for (let block = 0; block * 16 < data.length; block++) {
    const counter = Buffer.alloc(16);
    counter.writeUInt32LE(block + 1);
    const keys = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(counter);
    for (let i = block * 16; i < Math.min(data.length, block * 16 + 16); i++) out[i] = data[i]! ^ keys[i % 16]!;
  }
  return out;
};

const salt = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

describe('WinZip AES', () => {
  it('derives AES key, HMAC key and verifier in this order', async () => {
    const keys = await deriveKeys('secret', salt);
    const expected = pbkdf2Sync('secret', salt, 1000, 66, 'sha1');
    expect(Buffer.concat([keys.aes, keys.mac, keys.verifier])).toEqual(expected);
  });

  it('makes a new salt each time', () => {
    expect(freshSalt()).not.toEqual(freshSalt());
  });

  it('encrypts as defined, however the data is cut and wherever it lies in memory', async () => {
    const keys = await deriveKeys('secret', salt);
    const plain = bytes(150_001, 'noise');
    const expected = reference(plain, keys.aes);
    const mac = createHmac('sha1', keys.mac).update(expected).digest().subarray(0, 10);
    const cuts = fc.array(fc.tuple(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 7 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(cuts, (pieces) => {
        const encryption = new EntryEncryption(keys);
        const out: Buffer[] = [];
        let at = 0;
        for (const [length, shift] of [...pieces, [plain.length, 0] as const]) {
          const home = Buffer.alloc(length + shift);
          const piece = home.subarray(shift, shift + plain.copy(home, shift, at, at + length));
          out.push(encryption.encrypt(piece));
          at += piece.length;
        }
        expect(Buffer.concat(out).equals(expected)).toBe(true);
        expect(encryption.tail()).toEqual(mac);
      }),
      { numRuns: 30 },
    );
  });

  it('decrypts what it encrypted and notices one flipped bit', async () => {
    const keys = await deriveKeys('secret', salt);
    const encryption = new EntryEncryption(keys);
    const data = encryption.encrypt(Buffer.from('hello'));
    const tail = encryption.tail();
    const honest = new EntryDecryption(keys);
    honest.authenticate(data);
    expect(honest.isAuthentic(tail)).toBe(true);
    expect(honest.decrypt(Buffer.from(data)).toString()).toBe('hello');
    const flipped = new EntryDecryption(keys);
    flipped.authenticate(Buffer.from(data.map((byte, i) => (i === 2 ? byte ^ 1 : byte))));
    expect(flipped.isAuthentic(tail)).toBe(false);
  });
});
