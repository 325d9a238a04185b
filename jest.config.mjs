// One Jest, three kinds of test: `spec` is pure and instant, `int` starts real servers, `e2e` drives processes.
import { readFileSync } from 'node:fs';

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
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

const kind = (name, testRegex) => ({ ...shared, displayName: name, testRegex });

export default {
  projects: [
    kind('spec', ['(?<!\\.int|\\.e2e)\\.spec\\.ts$']),
    kind('int', ['\\.int\\.spec\\.ts$']),
    kind('e2e', ['\\.e2e\\.spec\\.ts$']),
  ],
};
