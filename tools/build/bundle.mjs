/**
 * Bundles one app (`node tools/build/bundle.mjs runner`), or all of them, to `dist/apps/<name>/main.js`.
 * Packages stay outside, so that native modules load from node_modules. esbuild does not emit decorator metadata,
 * which Nest's injection reads, so files with decorators pass through SWC first.
 */
import { readFile, readdir } from 'node:fs/promises';
import { transform } from '@swc/core';
import { build } from 'esbuild';
import { swcOptions } from './swc.mjs';
import { threads } from './threads.mjs';

const root = new URL('../../', import.meta.url).pathname;

const decorators = {
  name: 'decorator-metadata',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/^\s*@\w+\(/m.test(source)) return undefined;
      const { code } = await transform(source, { filename: path, ...swcOptions });
      return { contents: code, loader: 'js' };
    });
  },
};

const names = process.argv.length > 2 ? process.argv.slice(2) : await readdir(`${root}apps`);
for (const name of names) {
  await build({
    absWorkingDir: root,
    entryPoints: [`apps/${name}/src/main.ts`],
    outfile: `dist/apps/${name}/main.js`,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    tsconfig: 'tsconfig.base.json',
    sourcemap: true,
    plugins: [threads, decorators],
    logLevel: 'warning',
  });
}
