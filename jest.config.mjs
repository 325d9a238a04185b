// One Jest, four kinds of test: `spec` is pure and instant, `int` starts real servers, `e2e` drives processes, `long` is a
// campaign of very many cases.
import { readFileSync } from 'node:fs';
import { swcOptions } from './tools/build/swc.mjs';

const { compilerOptions } = JSON.parse(readFileSync(new URL('./tsconfig.base.json', import.meta.url), 'utf8'));
const aliases = Object.fromEntries(
  Object.entries(compilerOptions.paths).map(([alias, [path]]) => [`^${alias}$`, `<rootDir>/${path.replace('./', '')}`]),
);

const shared = {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/tools'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { ...aliases, '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
  transform: {
    '\\.thread\\.ts$': '<rootDir>/tools/build/threads.mjs',
    '\\.ts$': ['@swc/jest', swcOptions],
  },
};

const kind = (name, testRegex) => ({ ...shared, displayName: name, testRegex });

export default {
  projects: [
    kind('spec', ['(?<!\\.int|\\.e2e|\\.long)\\.spec\\.ts$']),
    kind('int', ['\\.int\\.spec\\.ts$']),
    kind('e2e', ['\\.e2e\\.spec\\.ts$']),
    kind('long', ['\\.long\\.spec\\.ts$']),
  ],
};
