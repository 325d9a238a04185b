/**
 * A module named `*.thread.ts` runs in a thread of its own. Whoever imports it gets, as its default export, the text of a
 * program: the module with all that it imports. So a thread needs no file beside the bundle, and is checked like other code.
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

/** For Jest: a transformer, whose key in Jest's cache is the program, as that changes with each module it is made of. */
export default {
  process: (_text, path) => ({ code: moduleOf(buildSync(options(path))) }),
  getCacheKey: (_text, path) =>
    createHash('sha256')
      .update(moduleOf(buildSync(options(path))))
      .digest('hex'),
};
