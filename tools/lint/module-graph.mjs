/** Every TypeScript file of the checkout, with its imports and exports, types included. Only the syntax is read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const roots = ['libs', 'apps', 'tools'];

/**
 * @param root the checkout
 * @returns `modules` by path, relative to the root: its `project` (`libs/domain`), whether it is there `forTests`,
 *   `imports` ({ specifier, target?, names }; `names` is 'all' for a namespace), and `exports` ({ name, from?, and where
 *   it stands: `at` in a list, or the `list` that would name all that is passed on as a whole }).
 *   `entries` are the files that other projects import, by the name that they do it by.
 */
export function readModuleGraph(root) {
  const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions;
  const entries = new Map(Object.entries(paths).map(([alias, [path]]) => [alias, path.replace(/^\.\//, '')]));
  const files = roots.filter((each) => existsSync(join(root, each))).flatMap((each) => sourceFiles(root, each));
  const modules = new Map(files.map((path) => [path, readModule(root, path, entries)]));
  return { root, modules, entries };
}

/** Every name that a module exports, including those of modules that it re-exports as a whole. */
export function exportedNames(modules, path) {
  return (modules.get(path)?.exports ?? []).flatMap((each) =>
    each.name === '*' ? exportedNames(modules, each.from).map(({ name }) => ({ ...each, name })) : [each],
  );
}

const sourceFiles = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.ts') && !/(^|\/)(node_modules|dist)\//.test(name))
    .map((name) => join(folder, name))
    .sort();

function readModule(root, path, entries) {
  const text = readFileSync(join(root, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const resolveFrom = (specifier) => target(root, path, specifier, entries);
  const imports = [];
  const exports = [];
  const visit = (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, target: resolveFrom(specifier), names: namesOf(node) });
    if (node.parent === source) exports.push(...exportsOf(node, resolveFrom));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  const project = path.split('/').slice(0, 2).join('/');
  const forTests = /\.spec\.ts$|\/testing\//.test(path) || path.startsWith('tools/');
  return { path, project, forTests, imports, exports, text };
}

/** What a node imports from: a declaration, `import('x')` as a value, and as a type. */
function specifierOf(node) {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    return node.moduleSpecifier.text;
  }
  if (ts.isImportTypeNode(node)) return node.argument.literal?.text;
  const isImport = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isImport ? node.arguments[0]?.text : undefined;
}

function namesOf(node) {
  if (ts.isExportDeclaration(node)) {
    return node.exportClause && ts.isNamedExports(node.exportClause)
      ? node.exportClause.elements.map(({ propertyName, name }) => (propertyName ?? name).text)
      : 'all';
  }
  if (ts.isImportTypeNode(node)) return node.qualifier ? [node.qualifier.getText().split('.')[0]] : 'all';
  const clause = ts.isImportDeclaration(node) ? node.importClause : undefined;
  if (!clause) return ts.isImportDeclaration(node) ? [] : 'all';
  const { name, namedBindings: named } = clause;
  if (named && ts.isNamespaceImport(named)) return 'all';
  return [
    ...(name ? ['default'] : []),
    ...(named?.elements ?? []).map(({ propertyName, name: own }) => (propertyName ?? own).text),
  ];
}

function exportsOf(node, resolveFrom) {
  if (ts.isExportDeclaration(node)) {
    const from = node.moduleSpecifier && resolveFrom(node.moduleSpecifier.text);
    if (!node.exportClause) return [{ name: '*', from, ...(node.isTypeOnly && { list: listOf(node) }) }];
    if (!ts.isNamedExports(node.exportClause)) return [{ name: node.exportClause.name.text, from }];
    return node.exportClause.elements.map((element) => ({ name: element.name.text, from, at: element.getStart() }));
  }
  if (ts.isExportAssignment(node)) return [{ name: 'default' }];
  if (!node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (!ts.isVariableStatement(node)) return [{ name: node.name?.text ?? 'default' }];
  return node.declarationList.declarations.flatMap(({ name }) => bound(name)).map((name) => ({ name }));
}

/** The position of an `export type * from`. */
const listOf = (node) => ({ start: node.getStart(), end: node.getEnd(), specifier: node.moduleSpecifier.text });

const bound = (name) => (ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((element) => bound(element.name)));

/** The file that a specifier means, relative to the root; undefined for a package. */
function target(root, importer, specifier, entries) {
  if (entries.has(specifier)) return entries.get(specifier);
  if (!specifier.startsWith('.')) return undefined;
  return relative(root, resolve(root, dirname(importer), specifier)).replace(/\.js$/, '.ts');
}
