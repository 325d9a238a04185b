import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';

const program = join(import.meta.dirname, 'lint.mjs');

/** A correct checkout with two libraries and an app. */
const good: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    scripts: { build: 'builder .' },
    dependencies: { nats: '1.0.0', '@nestjs/core': '1.0.0' },
    devDependencies: { builder: '1.0.0', '@types/nats': '1.0.0', tester: '1.0.0', peer: '1.0.0' },
  }),
  'node_modules/tester/package.json': JSON.stringify({ peerDependencies: { peer: '*' } }),
  'tsconfig.base.json': JSON.stringify({
    compilerOptions: { paths: { '@x/one': ['./libs/one/src/index.ts'], '@x/two': ['./libs/two/src/index.ts'] } },
  }),
  'libs/one/src/index.ts': `export { a, type B } from './a.js';`,
  'libs/one/src/a.ts': `import { readFile } from 'node:fs';\nexport const a = readFile;\nexport interface B { b: 1 }`,
  'libs/one/src/a.spec.ts': `import { it } from 'tester';\nimport { a } from './a.js';\nit(a);`,
  'libs/two/src/index.ts': `export * from './c.js';`,
  'libs/two/src/c.ts': `import { connect } from 'nats';\nexport const c = connect;`,
  'apps/app/src/main.ts': `import '@nestjs/core';\nimport { a } from '@x/one';\nimport { c } from '@x/two';\nexport type B = import('@x/one').B;\na(c);`,
};

describe('the lint of our own', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('havun-lint-');
  });
  afterEach(() => folder.remove());

  const lint = async (changes: Readonly<Record<string, string>> = {}, ...options: string[]) => {
    for (const [path, text] of Object.entries({ ...good, ...changes })) {
      await mkdir(dirname(join(folder.path, path)), { recursive: true });
      await writeFile(join(folder.path, path), text);
    }
    const { status, stderr } = spawnSync(process.execPath, [program, `--root=${folder.path}`, ...options], {
      encoding: 'utf8',
    });
    return { status, problems: stderr.split('\n').filter(Boolean) };
  };

  it('has nothing to say where nothing is wrong', async () => {
    expect(await lint()).toEqual({ status: 0, problems: [] });
  });

  it('finds a circle of imports, of types too, and names the way through it', async () => {
    const circle = {
      'libs/one/src/a.ts': `import type { D } from './d.js';\nexport const a = 1;\nexport type B = D;`,
      'libs/one/src/d.ts': `import type { E } from './e.js';\nexport type D = E;`,
      'libs/one/src/e.ts': `export type E = import('./a.js').B;`,
    };
    const way = ['a', 'd', 'e', 'a'].map((name) => `libs/one/src/${name}.ts`).join(' -> ');
    expect(await lint(circle)).toEqual({ status: 1, problems: [`import cycle: ${way}`] });
  });

  it('finds a circle through the entries of two projects', async () => {
    const { problems } = await lint({
      'libs/two/src/c.ts': `import { connect } from 'nats';\nimport { a } from '@x/one';\nexport const c = connect(a);`,
      'libs/one/src/a.ts': `import type { c } from '@x/two';\nexport const a = 1;\nexport type B = typeof c;`,
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('import cycle: ');
  });

  it.each([
    [
      'a name of a list',
      { 'libs/one/src/index.ts': `export { a, type B, type B as F } from './a.js';` },
      'F of @x/one',
    ],
    [
      'a name of a module that is passed on as a whole',
      { 'libs/two/src/c.ts': `${good['libs/two/src/c.ts'] ?? ''}\nexport function f() {}` },
      'f of @x/two',
    ],
  ])('finds %s that no other project imports', async (_what, changes, problem) => {
    const { status, problems } = await lint(changes);
    expect(status).toBe(1);
    expect(problems).toEqual([expect.stringContaining(`unused export: ${problem}`)]);
  });

  it('takes unused names out of lists where it is told to', async () => {
    const index = `export { f, a, type B, type B as G } from './a.js';\nexport {\n  type B as H,\n} from './a.js';\n`;
    expect(await lint({ 'libs/one/src/index.ts': index }, '--fix')).toEqual({ status: 0, problems: [] });
    const fixed = await readFile(join(folder.path, 'libs/one/src/index.ts'), 'utf8');
    expect(fixed.match(/\w+/g)).toEqual(['export', 'a', 'type', 'B', 'from', 'a', 'js']);
  });

  it('names what is used of a module that was passed on as a whole, where all of it are types', async () => {
    const index = `export { a } from './a.js';\nexport type * from './t.js';\n`;
    const types = { 'libs/one/src/t.ts': `export type B = 1;\nexport type G = 2;`, 'libs/one/src/index.ts': index };
    expect(await lint(types, '--fix')).toEqual({ status: 0, problems: [] });
    const fixed = await readFile(join(folder.path, 'libs/one/src/index.ts'), 'utf8');
    expect(fixed).toContain(`export type { B } from './t.js';`);
  });

  it('finds a library that reaches Nest, however far away it is, and not what only its tests do', async () => {
    const { problems } = await lint({
      'libs/one/src/a.spec.ts': `import '@nestjs/core';\nimport 'tester';`,
      'libs/one/src/a.ts': `import { c } from '@x/two';\nexport const a = c;\nexport type B = 1;`,
      'libs/two/src/c.ts': `import 'nats';\nimport type { Type } from '@nestjs/core';\nexport type c = Type;`,
    });
    const way = 'libs/two/src/index.ts -> libs/two/src/c.ts -> @nestjs/core';
    expect(problems).toContain('libs/two reaches Nest: libs/two/src/c.ts -> @nestjs/core');
    expect(problems).toContain(`libs/one reaches Nest: libs/one/src/a.ts -> ${way}`);
    expect(problems).toHaveLength(2);
  });

  it('finds packages that nothing uses, and imports of packages that are not declared', async () => {
    const { problems } = await lint({
      'libs/two/src/c.ts': `import 'tester';\nimport 'lodash/fp';\nexport const c = 1;`,
      'libs/one/src/a.spec.ts': `import { a } from './a.js';\na();`,
    });
    expect(problems).toEqual([
      'libs/two/src/c.ts imports tester, which is not in the dependencies of package.json',
      'libs/two/src/c.ts imports lodash, which is not in the dependencies of package.json',
      'package.json: nothing uses nats',
      'package.json: nothing uses @types/nats',
    ]);
  });
});
