/**
 * A module named `*.thread.ts` runs in a thread of its own. Its importer gets, as the default export, the text of a program: the
 * module bundled with its imports. So a thread needs no file beside the bundle, and its code is checked like any other.
 */
import { createHash } from 'node:crypto';
import { build, buildSync } from 'esbuild';

const root = new URL('../../', import.meta.url).pathname;
const options = (path) => ({
  absWorkingDir: root,
  entryPoints: [path],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  tsconfig: 'tsconfig.base.json',
  logLevel: 'warning',
});

const moduleOf = ({ outputFiles: [program] }) => `export default ${JSON.stringify(program.text)};`;

/** For esbuild. */
export const threads = {
  name: 'threads',
  setup({ onLoad }) {
    onLoad({ filter: /\.thread\.ts$/ }, async ({ path }) => ({
      contents: moduleOf(await build(options(path))),
      loader: 'js',
    }));
  },
};

/** For Jest: a transformer. Its key in Jest's cache is the program, as that changes with each module in it. */
export default {
  process: (_text, path) => ({ code: moduleOf(buildSync(options(path))) }),
  getCacheKey: (_text, path) =>
    createHash('sha256')
      .update(moduleOf(buildSync(options(path))))
      .digest('hex'),
};
