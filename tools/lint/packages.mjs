/** Compares package.json with the imports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

export function packageProblems({ root, modules }) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { devDependencies = {}, optionalDependencies = {} } = manifest;
  const dependencies = { ...manifest.dependencies, ...optionalDependencies };
  const imports = [...modules.values()].flatMap(({ path, forTests, imports: all }) =>
    all
      .filter(({ target }) => target === undefined)
      .map((each) => ({ path, forTests, name: packageOf(each.specifier) })),
  );
  const undeclared = imports.filter(
    ({ name, forTests }) =>
      !isBuiltin(name) && !Object.hasOwn(dependencies, name) && !(forTests && Object.hasOwn(devDependencies, name)),
  );
  const imported = new Set(imports.map(({ name }) => name));
  const declared = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const used = new Set(declared.filter((name) => imported.has(name) || isNamedByTools(root, manifest, name)));
  return [
    ...undeclared.map(
      ({ name, path, forTests }) =>
        `${path} imports ${name}, which is not in the ${forTests ? 'devDependencies' : 'dependencies'} of package.json`,
    ),
    ...declared
      .filter((name) => !used.has(name) && !isNeededBy(root, name, used) && !isTypesOf(name, imported))
      .map((name) => `package.json: nothing uses ${name}`),
  ];
}

const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const isBuiltin = (name) => name.startsWith('node:') || builtinModules.includes(name);

/** Whether a package is used in a script of package.json, a configuration, or one of our own tools. */
function isNamedByTools(root, { scripts = {} }, name) {
  const command = new RegExp(`(^|[\\s/])${binOf(root, name)}(\\s|$)`);
  if (Object.values(scripts).some((script) => command.test(script))) return true;
  const quoted = new RegExp(`['"\`/]${name}(['"/]|$)`, 'm');
  return toolFiles(root).some((file) => quoted.test(readFileSync(file, 'utf8')));
}

function binOf(root, name) {
  const { bin } = installed(root, name);
  return typeof bin === 'object' ? Object.keys(bin)[0] : name;
}

const toolFiles = (root) => [
  ...readdirSync(root)
    .filter((name) => /\.mjs$|^nx\.json$|^\.prettierrc/.test(name))
    .map((name) => join(root, name)),
  ...['tools', 'bin']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)))
    .filter((name) => name.endsWith('.mjs')),
];

/** A package that a used package asks its user to install. */
const isNeededBy = (root, name, used) =>
  [...used].some((other) => Object.hasOwn(installed(root, other).peerDependencies ?? {}, name));

const isTypesOf = (name, imported) =>
  name.startsWith('@types/') && (name === '@types/node' || imported.has(name.slice('@types/'.length)));

function installed(root, name) {
  const path = join(root, 'node_modules', name, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}
