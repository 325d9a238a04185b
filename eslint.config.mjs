import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Who may import whom. A project that is not listed may import nothing: the rule denies by default. */
const boundaries = {
  domain: [],
  threads: [],
  archive: ['threads'],
  storage: ['threads'],
  'event-store': ['domain'],
  messaging: ['domain', 'event-store'],
  sources: ['archive', 'threads'],
  config: ['domain', 'storage', 'sources'],
  'read-model': ['domain'],
  'service-kit': ['domain', 'config', 'messaging', 'event-store', 'storage'],
  scheduler: ['domain', 'event-store', 'messaging', 'config', 'service-kit'],
  runner: ['domain', 'event-store', 'messaging', 'config', 'service-kit', 'archive', 'sources', 'storage'],
  uploader: ['domain', 'event-store', 'messaging', 'config', 'service-kit', 'storage'],
  verifier: ['domain', 'event-store', 'messaging', 'config', 'service-kit', 'storage'],
  'audit-projection': ['domain', 'event-store', 'messaging', 'config', 'service-kit', 'read-model'],
  standalone: ['domain', 'event-store', 'messaging', 'config', 'service-kit'],
  cli: ['domain', 'event-store', 'messaging', 'config', 'service-kit', 'read-model', 'archive', 'sources', 'storage'],
  'test-servers': [],
};

/** Apps are not libraries, except that standalone composes the services and the command line may bring standalone up. */
const composedApps = {
  standalone: ['scheduler', 'runner', 'uploader', 'verifier', 'audit-projection'],
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
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
        allow: ['@havun/*', '@havun/*/testing'],
        extra: ['test-servers'],
      }),
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.base],
    rules: { 'prefer-const': 'error', eqeqeq: 'error' },
  },
  prettier,
);
