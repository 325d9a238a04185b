/** Reports exports of a project's entry (`@havun/domain`) that neither another project nor a test of its own imports. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportedNames } from './module-graph.mjs';

export function unusedExports(graph) {
  return findUnused(graph).map(({ alias, name, path }) => `unused export: ${name} of ${alias} (${path})`);
}

/** Removes unused names from the entries. What an entry declares itself, or re-exports with values, is left to a person. */
export function removeUnusedExports(graph) {
  const unused = findUnused(graph);
  for (const path of new Set(unused.map((each) => each.path))) {
    const { text, exports } = graph.modules.get(path);
    const here = unused.filter((each) => each.path === path);
    const lists = new Map(here.flatMap(({ list }) => (list ? [[list.start, list]] : [])));
    const cuts = [
      ...here.flatMap(({ at }) => (at === undefined ? [] : [{ at, cut: withoutFirst }])),
      ...[...lists.values()].map((list) => ({ at: list.start, cut: asList(graph, exports, list, here) })),
    ].sort((a, b) => b.at - a.at);
    const shorter = cuts.reduce((rest, { at, cut }) => rest.slice(0, at) + cut(rest.slice(at)), text);
    writeFileSync(join(graph.root, path), shorter.replace(/^export (type )?\{\s*\} from '[^']*';\n/gm, ''));
  }
}

/** `export type * from` becomes the list of the used names. */
function asList({ modules }, exports, { start, end, specifier }, unused) {
  const whole = exports.find(({ list }) => list?.start === start);
  const isUnused = (name) => unused.some((each) => each.list?.start === start && each.name === name);
  const names = exportedNames(modules, whole.from).flatMap(({ name }) => (isUnused(name) ? [] : [name]));
  return (rest) => `export type { ${names.join(', ')} } from '${specifier}';${rest.slice(end - start)}`;
}

/** The text from a name in a list on, without that name and the comma after it. */
const withoutFirst = (text) => text.replace(/^[^,}]*,?/, '');

function findUnused({ modules, entries }) {
  return [...entries].flatMap(([alias, path]) => {
    const used = usedNames(modules, path);
    if (used.has('all')) return [];
    return exportedNames(modules, path)
      .filter(({ name }) => !used.has(name))
      .map((each) => ({ ...each, alias, path }));
  });
}

function usedNames(modules, entry) {
  const { project } = modules.get(entry) ?? {};
  const importers = [...modules.values()].filter((module) => module.project !== project || module.forTests);
  const imports = importers.flatMap((module) => module.imports.filter(({ target }) => target === entry));
  return new Set(imports.flatMap(({ names }) => names));
}
