import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LANES_LAYOUT, LANES_MAX_SALTS, LANES_RESULT_BYTES, lanesKey, lanesModule } from './pbkdf2-lanes.js';

interface Lanes {
  memory: { buffer: ArrayBuffer };
  derive: (count: number) => void;
}
/** The part of WebAssembly that is used here: Node's types leave it out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Lanes };
};

const lanes = (iterations: number): Lanes =>
  new WebAssembly.Instance(new WebAssembly.Module(lanesModule(iterations))).exports;

const derive = ({ memory, derive: run }: Lanes, password: string, salts: readonly Uint8Array[]): Buffer[] => {
  const bytes = Buffer.from(memory.buffer);
  bytes.set(lanesKey(password), LANES_LAYOUT.key);
  salts.forEach((salt, i) => {
    bytes.set(salt, LANES_LAYOUT.salts + i * 16);
  });
  run(salts.length);
  return salts.map((_, i) =>
    Buffer.from(bytes.subarray(LANES_LAYOUT.results + i * LANES_RESULT_BYTES).subarray(0, 80)),
  );
};

const salt = fc.uint8Array({ minLength: 16, maxLength: 16 });
const password = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.integer({ min: 60, max: 70 }).map((length) => 'x'.repeat(length)),
  fc.constant('corréct hörse "battery" €'.repeat(4)),
);

describe('PBKDF2 in four lanes', () => {
  it.each([1, 2, 1000])('is what OpenSSL derives, at %d iterations', (iterations) => {
    const module = lanes(iterations);
    fc.assert(
      fc.property(password, fc.array(salt, { minLength: 1, maxLength: 5 }), (secret, salts) => {
        const expected = salts.map((one) => pbkdf2Sync(secret, one, iterations, 80, 'sha1'));
        expect(derive(module, secret, salts)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('has room for as many salts as it says', () => {
    const module = lanes(1);
    const salts = Array.from({ length: LANES_MAX_SALTS }, (_, i) => Buffer.alloc(16, i));
    expect(derive(module, 'x', salts).at(-1)).toEqual(pbkdf2Sync('x', Buffer.alloc(16, 255), 1, 80, 'sha1'));
  });
});
