import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** What every service may import. */
const service = ['text', 'domain', 'config', 'event-store', 'coordination', 'messaging', 'use-cases', 'service-kit'];

/** Who may import whom. A project that is not listed may import nothing: the rule denies by default. */
const boundaries = {
  text: [],
  domain: ['text'],
  threads: [],
  archive: ['threads', 'text'],
  storage: ['threads', 'text'],
  'event-store': ['domain'],
  coordination: ['domain', 'event-store'],
  messaging: ['domain', 'event-store', 'coordination'],
  databases: ['text'],
  sources: ['archive', 'threads', 'text', 'databases'],
  config: ['text', 'domain', 'storage', 'sources', 'databases'],
  'read-model': ['domain'],
  restore: ['domain', 'config', 'archive', 'sources', 'databases', 'storage'],
  'use-cases': [
    'domain',
    'config',
    'event-store',
    'coordination',
    'restore',
    'archive',
    'sources',
    'databases',
    'storage',
  ],
  'service-kit': ['text', 'domain', 'config', 'event-store', 'coordination', 'messaging', 'use-cases', 'storage'],
  scheduler: [...service],
  runner: [...service, 'archive', 'sources', 'databases', 'storage'],
  restorer: [...service, 'archive', 'sources', 'databases', 'storage', 'restore'],
  uploader: [...service, 'storage'],
  verifier: [...service, 'storage'],
  retention: [...service, 'storage', 'read-model'],
  'audit-projection': [...service, 'read-model'],
  standalone: [...service],
  cli: [...service, 'read-model', 'archive', 'sources', 'databases', 'storage', 'restore'],
  'test-servers': [],
};

/** Apps are not libraries, except that standalone composes the services and the command line may bring standalone up. */
const composedApps = {
  standalone: ['scheduler', 'runner', 'restorer', 'uploader', 'verifier', 'retention', 'audit-projection'],
  cli: ['standalone', 'audit-projection'],
};

const tag = (name) => `project:${name}`;
const depConstraints = (extra) =>
  Object.entries(boundaries).map(([name, allowed]) => ({
    sourceTag: tag(name),
    onlyDependOnLibsWithTags: [name, ...allowed, ...(composedApps[name] ?? []), ...extra].map(tag),
  }));
const boundaryRule = ({ allow = [], extra = [] } = {}) => [
  'error',
  { enforceBuildableLibDependency: false, allow, depConstraints: depConstraints(extra) },
];

const wallClock = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Time enters through the injected Clock (D18).',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time enters through the injected Clock (D18).',
  },
];
const environment = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'The environment enters through libs/config (D18).',
  },
];
const nest = { group: ['@nestjs/*'], message: 'Nest appears only in apps, messaging and service-kit.' };

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.nx/', '.cache/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule(),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
      // Nest declares the types of its options as classes that nobody instantiates.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...wallClock, ...environment],
      'no-restricted-imports': ['error', { patterns: [nest] }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/messaging/**/*.ts', 'libs/service-kit/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  ...Object.entries(composedApps).map(([name, apps]) => ({
    files: [`apps/${name}/**/*.ts`],
    rules: { '@nx/enforce-module-boundaries': boundaryRule({ allow: apps.map((app) => `@havun/${app}`) }) },
  })),
  { files: ['libs/config/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...wallClock] } },
  {
    // Decorated constructors need the runtime value of what looks like a type.
    files: ['apps/**/*.ts', 'libs/messaging/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts', 'tools/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaryRule({
        allow: ['@havun/*', '@havun/.+/testing'],
        extra: ['test-servers'],
      }),
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // What an older release made of its log is tested with that log.
    files: ['libs/read-model/src/testing/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaryRule({ extra: ['test-servers', 'event-store'] }) },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.base],
    rules: { 'prefer-const': 'error', eqeqeq: 'error' },
  },
  prettier,
);
