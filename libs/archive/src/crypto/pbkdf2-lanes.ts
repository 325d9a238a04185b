/**
 * PBKDF2-HMAC-SHA1 (RFC 8018, RFC 3174) in WebAssembly. An AES-256 entry's key material is four blocks of SHA-1, which are
 * computed side by side in the four lanes of a SIMD register. A salt of 16 bytes and the block's number make 20 bytes, which is
 * also the length of a SHA-1 digest: so every HMAC here is over 20 bytes, and takes two compressions whose padding is known
 * beforehand.
 */
import { createHash } from 'node:crypto';
import * as wasm from './wasm.js';
import type { Code, WasmFunction } from './wasm.js';

/** Offsets in the module's memory: the key (one block of SHA-1, see `lanesKey`), the salts, and one result per salt. */
export const LANES_LAYOUT = { key: 0, salts: 64, results: 16 * 1024 };
export const LANES_SALT_BYTES = 16;
/** WinZip uses the first 66 bytes. */
export const LANES_RESULT_BYTES = 80;
/** How many salts fit the memory at once. */
export const LANES_MAX_SALTS = 512;

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const BLOCK_BYTES = 64;
const ROUNDS = 80;
const DIGEST = [0, 1, 2, 3, 4];
/** The bytes of four words, reversed within each word: SHA-1 is big-endian, WebAssembly is not. */
const SWAPPED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

/** A password as an HMAC key: one whole block; a longer one is hashed first (RFC 2104). */
export const lanesKey = (password: string): Uint8Array => {
  const bytes = Buffer.from(password);
  const key = Buffer.alloc(BLOCK_BYTES);
  key.set(bytes.length > BLOCK_BYTES ? createHash('sha1').update(bytes).digest() : bytes);
  return key;
};

/** A word of the message schedule: in a local, or already known when the code is generated. */
type Word = { local: number } | { known: number };

const { add, and, get, set, xor } = wasm;

const mix = (part: number, b: Code, c: Code, d: Code): Code => {
  if (part === 0) return xor(and(xor(c, d), b), d);
  if (part === 2) return xor(and(xor(b, c), xor(d, c)), c);
  return xor(xor(b, c), d);
};

/** Computes a further word of the schedule into `local`, unless all its inputs are known. */
const expand = (sources: readonly Word[], local: number): { word: Word; code: Code } => {
  const known = sources.reduce((sum, word) => sum ^ ('known' in word ? word.known : 0), 0);
  const terms = sources.flatMap((word) => ('local' in word ? [get(word.local)] : []));
  if (terms.length === 0) return { word: { known: (known << 1) | (known >>> 31) }, code: [] };
  if (known !== 0) terms.push(wasm.splat(known));
  return { word: { local }, code: [...set(local, terms.reduce(xor)), ...set(local, wasm.rotateLeft(local, 1))] };
};

/** All words of the schedule, each with the code to run before its round; `ring` is the first of 16 locals. */
const expandAll = (message: readonly Word[], ring: number): { word: Word; code: Code }[] => {
  const words = message.map((word): { word: Word; code: Code } => ({ word, code: [] }));
  for (let round = words.length; round < ROUNDS; round++) {
    const sources = [3, 8, 14, 16].flatMap((back) => words[round - back]?.word ?? []);
    words.push(expand(sources, ring + (round % 16)));
  }
  return words;
};

/** SHA-1's compression. Parameters: the state, then the words of the message that are not known; results: the new state. */
const compression = (message: readonly Word[]): WasmFunction => {
  const parameters = DIGEST.length + message.filter((word) => 'local' in word).length;
  const ring = parameters;
  let [a, b, c, d, e, next] = [ring + 16, ring + 17, ring + 18, ring + 19, ring + 20, ring + 21];
  const body: Code[] = [a, b, c, d, e].map((local, i) => set(local, get(i)));
  expandAll(message, ring).forEach(({ word, code }, round) => {
    const part = Math.floor(round / 20);
    const constant = CONSTANTS[part] ?? 0;
    const input = 'known' in word ? wasm.splat(constant + word.known) : add(wasm.splat(constant), get(word.local));
    const mixed = add(add(get(e), input), mix(part, get(b), get(c), get(d)));
    body.push(code, set(next, add(mixed, wasm.rotateLeft(a, 5))), set(b, wasm.rotateLeft(b, 30)));
    [a, b, c, d, e, next] = [next, a, b, c, d, e];
  });
  body.push(...[a, b, c, d, e].map((local, i) => add(get(local), get(i))));
  return {
    parameters: Array.from({ length: parameters }, () => wasm.V128),
    results: DIGEST.map(() => wasm.V128),
    v128Locals: 22,
    i32Locals: 0,
    body: body.flat(),
  };
};

const wholeBlock = Array.from({ length: 16 }, (_, i): Word => ({ local: DIGEST.length + i }));
/** A digest's 20 bytes after one block, and SHA-1's padding: one bit, zeros, and the length in bits. */
const digestAndPadding: Word[] = [
  ...DIGEST.map((i) => ({ local: DIGEST.length + i })),
  { known: 0x80000000 },
  ...Array.from({ length: 9 }, () => ({ known: 0 })),
  { known: (BLOCK_BYTES + 20) * 8 },
];

/** Function indices in the module. */
const COMPRESS_BLOCK = 0;
const COMPRESS_DIGEST = 1;

const digestAt = (first: number): number[] => DIGEST.map((i) => first + i);
const load = (locals: readonly number[]): Code => locals.flatMap(get);
const store = (locals: readonly number[]): Code => [...locals].reverse().flatMap((local) => set(local, []));

/** `derive(count)`: one result per salt; `count` is at least 1. */
const derivation = (iterations: number): WasmFunction => {
  const count = 0;
  const [inner, outer, u, sum] = [digestAt(1), digestAt(6), digestAt(11), digestAt(16)];
  const [left, salt, result] = [21, 22, 23];
  const [firstSum = 0] = sum;
  const { key, salts, results } = LANES_LAYOUT;
  // HMAC's padded keys: lane 0 computes the inner state, lane 1 the outer one.
  const pads = wasm.lanes([0x36363636, 0x5c5c5c5c, 0, 0]);
  const padded = wholeBlock.map((_, i) => xor(wasm.shuffle(wasm.loadSplat(wasm.i32(0), key + i * 4), SWAPPED), pads));
  const states = [START.flatMap(wasm.splat), padded.flat(), wasm.call(COMPRESS_BLOCK), store(u)];
  const spread = u.flatMap((local, i) => [
    set(inner[i] ?? 0, wasm.splatLane(get(local), 0)),
    set(outer[i] ?? 0, wasm.splatLane(get(local), 1)),
  ]);
  const compress = (state: readonly number[]): Code => [
    ...load(state),
    ...load(u),
    ...wasm.call(COMPRESS_DIGEST),
    ...store(u),
  ];
  const iteration = [
    compress(inner),
    compress(outer),
    ...sum.map((local, i) => set(local, xor(get(local), get(u[i] ?? 0)))),
    set(left, wasm.addI32(get(left), wasm.i32(-1))),
    get(left),
  ];
  const first = [
    set(firstSum, wasm.shuffle(wasm.load(get(salt), 0), SWAPPED)),
    ...u.slice(0, 4).map((local, word) => set(local, wasm.splatLane(get(firstSum), word))),
    set(u[4] ?? 0, wasm.lanes([1, 2, 3, 4])),
    ...sum.map((local) => set(local, wasm.splat(0))),
    set(left, wasm.i32(iterations)),
  ];
  const write = sum.flatMap((local, word) => [
    set(local, wasm.shuffle(get(local), SWAPPED)),
    ...[0, 1, 2, 3].map((lane) => wasm.storeLane(get(result), get(local), lane * 20 + word * 4, lane)),
  ]);
  const eachSalt = [
    ...first,
    wasm.repeat(iteration.flat()),
    ...write,
    set(salt, wasm.addI32(get(salt), wasm.i32(LANES_SALT_BYTES))),
    set(result, wasm.addI32(get(result), wasm.i32(LANES_RESULT_BYTES))),
    set(count, wasm.addI32(get(count), wasm.i32(-1))),
    get(count),
  ];
  return {
    parameters: [wasm.I32],
    results: [],
    v128Locals: 20,
    i32Locals: 3,
    body: [
      ...states,
      ...spread,
      set(salt, wasm.i32(salts)),
      set(result, wasm.i32(results)),
      wasm.repeat(eachSalt.flat()),
    ].flat(),
    export: 'derive',
  };
};

/** A WebAssembly module with `memory` and `derive(count)`. */
export const lanesModule = (iterations: number): Uint8Array<ArrayBuffer> =>
  wasm.assemble([compression(wholeBlock), compression(digestAndPadding), derivation(iterations)]);
