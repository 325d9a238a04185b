/**
 * Measures this product and its peers: `node tools/bench/bench.mjs [scenario...] [--rounds=3] [--scale=1] [--full] [--json]
 * [--markdown] [--out=file]`. Our code is bundled first, as the services are, with one program for each thing that is measured.
 */
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { build } from 'esbuild';
import { threads } from '../build/threads.mjs';

const root = new URL('../../', import.meta.url).pathname;
const drivers = await readdir(`${root}tools/bench/src/drivers`);

await build({
  absWorkingDir: root,
  entryPoints: ['tools/bench/src/main.ts', ...drivers.map((name) => `tools/bench/src/drivers/${name}`)],
  // At the same depth as the sources: what the test servers start is found relative to their file.
  outdir: 'dist/bench/src',
  outbase: 'tools/bench/src',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  tsconfig: 'tsconfig.base.json',
  sourcemap: true,
  plugins: [threads],
  logLevel: 'warning',
});

// Scenarios with a whole stack run the command line as it is delivered.
execFileSync(process.execPath, [`${root}tools/build/bundle.mjs`, 'cli'], { stdio: 'inherit' });

const { main } = await import(`${root}dist/bench/src/main.js`);
process.exitCode = await main(process.argv.slice(2));
