/**
 * WinZip's AE-2 encryption with AES-256 (https://www.winzip.com/en/support/aes-encryption/): PBKDF2-HMAC-SHA1 with 1,000
 * iterations over a fresh 16-byte salt gives AES key, HMAC key and a 2-byte password verifier; AES in counter mode with
 * a little-endian counter from 1; HMAC-SHA1 of the ciphertext, cut to 10 bytes. Layout: salt, verifier, data, HMAC.
 */
import { createCipheriv, createHmac, pbkdf2, randomFillSync, timingSafeEqual, type Cipher } from 'node:crypto';
import { promisify } from 'node:util';
import { discard } from '../flow/discard.js';

export const SALT_BYTES = 16;
export const VERIFIER_BYTES = 2;
export const AUTH_BYTES = 10;
export const OVERHEAD_BYTES = SALT_BYTES + VERIFIER_BYTES + AUTH_BYTES;

const KEY_BYTES = 32;
export const KEY_MATERIAL_BYTES = 2 * KEY_BYTES + VERIFIER_BYTES;
export const ITERATIONS = 1000;
const derive = promisify(pbkdf2);

export interface EntryKeys {
  salt: Buffer;
  aes: Buffer;
  mac: Buffer;
  verifier: Buffer;
}

/** Splits the key material that was derived from `salt`. */
export const keysFrom = (salt: Buffer, material: Buffer): EntryKeys => ({
  salt,
  aes: material.subarray(0, KEY_BYTES),
  mac: material.subarray(KEY_BYTES, 2 * KEY_BYTES),
  verifier: material.subarray(2 * KEY_BYTES, KEY_MATERIAL_BYTES),
});

/** About 0.7 ms of one core, on the thread pool. */
export const deriveKeys = async (password: string, salt: Buffer): Promise<EntryKeys> =>
  keysFrom(salt, await derive(password, salt, ITERATIONS, KEY_MATERIAL_BYTES, 'sha1'));

/** A salt must never be used twice: the counter starts at 1 in each entry, so the key stream would repeat. */
export const freshSalt = (): Buffer => randomFillSync(Buffer.allocUnsafe(SALT_BYTES));

const AES_BLOCK = 16;
const STRETCH = 64 * 1024;
const WORD = 2 ** 32;

/** XORs `length` bytes of `keys` into `data` at `from`: by words where both have the same alignment, else by bytes. */
const xorInto = (data: Uint8Array, from: number, keys: Uint8Array, keysFrom: number, length: number): void => {
  const at = data.byteOffset + from;
  const keysAt = keys.byteOffset + keysFrom;
  const head = (at - keysAt) % 4 === 0 ? Math.min(length, -at & 3) : length;
  for (let i = 0; i < head; i++) data[from + i] = (data[from + i] ?? 0) ^ (keys[keysFrom + i] ?? 0);
  const words = (length - head) >>> 2;
  if (words > 0) {
    const target = new Uint32Array(data.buffer, at + head, words);
    const source = new Uint32Array(keys.buffer, keysAt + head, words);
    for (let i = 0; i < words; i++) target[i] = (target[i] ?? 0) ^ (source[i] ?? 0);
  }
  for (let i = head + words * 4; i < length; i++) data[from + i] = (data[from + i] ?? 0) ^ (keys[keysFrom + i] ?? 0);
};

/**
 * The key stream of one entry. OpenSSL's CTR mode counts big-endian, so the counters are written out and encrypted in ECB mode,
 * at most 64 KiB at a time (this fits the cache, and runs at native speed).
 */
class KeyStream {
  private readonly cipher: Cipher;
  private stretch: Buffer = Buffer.alloc(0);
  private used = 0;
  private next: number;

  /** `position`: bytes of the entry's data before the first byte that the stream is applied to. */
  constructor(key: Uint8Array, position = 0) {
    this.cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.next = Math.floor(position / AES_BLOCK) + 1;
    this.apply(new Uint8Array(position % AES_BLOCK));
  }

  apply(data: Uint8Array): void {
    for (let at = 0; at < data.length;) {
      if (this.used === this.stretch.length) this.refill(data.length - at, (data.byteOffset + at) % 4);
      const length = Math.min(data.length - at, this.stretch.length - this.used);
      xorInto(data, at, this.stretch, this.used, length);
      this.used += length;
      at += length;
    }
  }

  /** Makes no more than `wanted` asks for (rounded up to a block). The bytes start `phase` bytes after a word boundary, as the data do. */
  private refill(wanted: number, phase: number): void {
    const blocks = Math.min(STRETCH / AES_BLOCK, Math.ceil(wanted / AES_BLOCK));
    const low = this.next % WORD;
    const high = Math.floor(this.next / WORD);
    for (let i = 0; i < blocks; i++) {
      counterWords[i * 4] = low + i;
      counterWords[i * 4 + 1] = low + i < WORD ? high : high + 1;
    }
    this.next += blocks;
    const keys = this.cipher.update(counters.subarray(0, blocks * AES_BLOCK));
    discard(this.stretch);
    this.stretch = phase === 0 ? keys : Buffer.concat([Buffer.alloc(phase), keys]);
    if (phase !== 0) discard(keys);
    this.used = phase;
  }
}

/** Scratch memory of `refill`, which is synchronous, so all streams share it. Words 2 and 3 of a counter stay 0. */
const counters = Buffer.alloc(STRETCH);
const counterWords = new Uint32Array(counters.buffer, counters.byteOffset, STRETCH / 4);

/** Encrypts in place a part of an entry's data; `position` bytes of the entry come before it. */
export const encryptAt = (key: Uint8Array, position: number, data: Uint8Array): void => {
  new KeyStream(key, position).apply(data);
};

/** Encrypts one entry's data in place, piece by piece. */
export class EntryEncryption {
  private readonly stream: KeyStream;
  private readonly mac: ReturnType<typeof createHmac>;

  constructor(private readonly keys: EntryKeys) {
    this.stream = new KeyStream(keys.aes);
    this.mac = createHmac('sha1', keys.mac);
  }

  /** The bytes before the data: salt and password verifier. */
  head(): Buffer {
    return Buffer.concat([this.keys.salt, this.keys.verifier]);
  }

  encrypt(data: Buffer): Buffer {
    this.stream.apply(data);
    return this.authenticate(data);
  }

  /** For data that `encryptAt` has encrypted already. */
  authenticate(data: Buffer): Buffer {
    this.mac.update(data);
    return data;
  }

  /** The bytes after the data: the HMAC. */
  tail(): Buffer {
    return this.mac.digest().subarray(0, AUTH_BYTES);
  }
}

/** Authenticates and decrypts one entry's data in place, piece by piece. */
export class EntryDecryption {
  private readonly stream: KeyStream;
  private readonly mac: ReturnType<typeof createHmac>;

  constructor(keys: EntryKeys) {
    this.stream = new KeyStream(keys.aes);
    this.mac = createHmac('sha1', keys.mac);
  }

  authenticate(data: Uint8Array): void {
    this.mac.update(data);
  }

  decrypt(data: Buffer): Buffer {
    this.stream.apply(data);
    return data;
  }

  /** Ends the authentication. @returns whether `tail` is the HMAC of everything that was authenticated */
  isAuthentic(tail: Uint8Array): boolean {
    return tail.length === AUTH_BYTES && timingSafeEqual(tail, this.mac.digest().subarray(0, AUTH_BYTES));
  }
}
