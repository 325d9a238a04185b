/**
 * The CPU time that the key of an archive's entry costs: in our SIMD lanes, by OpenSSL in this thread, and by OpenSSL in libuv's
 * pool. `node tools/bench/key-derivation.mjs`; the figures of docs/adr/0018-wasm-key-derivation.md.
 */
import { pbkdf2, pbkdf2Sync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url).pathname;
const outfile = `${root}dist/bench/entry-keys.mjs`;
await build({
  entryPoints: [`${root}libs/archive/src/crypto/entry-keys.ts`],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
});
const { EntryKeyring } = await import(outfile);

const [rounds, keys] = [9, 1_000];
const password = 'correct horse battery staple';
const [iterations, bytes] = [1_000, 66];
const begun = performance.now();
const ring = new EntryKeyring(password);
const startMs = performance.now() - begun;
if (!ring.lanes) throw new Error('the lanes are not to be had here');

const inPool = promisify(pbkdf2);
const ways = {
  'SIMD lanes': (salt) => ring.derive(salt),
  'OpenSSL in this thread': (salt) => pbkdf2Sync(password, salt, iterations, bytes, 'sha1'),
  'OpenSSL in the pool': (salt) => inPool(password, salt, iterations, bytes, 'sha1'),
};

const measured = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, derive] of Object.entries(ways)) {
    const before = process.cpuUsage();
    await Promise.all(Array.from({ length: keys }, () => derive(randomBytes(16))));
    const { user, system } = process.cpuUsage(before);
    measured[name].push((user + system) / keys);
  }
}

console.log(`Node ${process.versions.node}, ${process.arch}; ${rounds} rounds of ${keys} keys, taken in turn`);
console.log(`making and proving the module once: ${startMs.toFixed(1)} ms`);
for (const [name, all] of Object.entries(measured)) {
  const sorted = all.sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor(rounds / 2)], sorted.at(-1)].map((us) => us.toFixed(0));
  console.log(`${name.padEnd(24)} ${median} µs of CPU a key (${least} to ${most})`);
}
