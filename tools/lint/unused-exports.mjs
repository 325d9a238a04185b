/** What an entry of a project (`@havun/domain`) exports, and neither another project nor a test of its own imports there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportedNames } from './module-graph.mjs';

export function unusedExports(graph) {
  return findUnused(graph).map(({ alias, name, path }) => `unused export: ${name} of ${alias} (${path})`);
}

/** Takes unused names out of the lists of the entries. What is exported in another way is left to a person. */
export function removeUnusedExports(graph) {
  const unused = findUnused(graph).filter(({ at }) => at !== undefined);
  for (const path of new Set(unused.map((each) => each.path))) {
    const { text } = graph.modules.get(path);
    const cuts = unused.filter((each) => each.path === path).sort((a, b) => b.at - a.at);
    const shorter = cuts.reduce((rest, { at }) => rest.slice(0, at) + withoutFirst(rest.slice(at)), text);
    writeFileSync(join(graph.root, path), shorter.replace(/^export (type )?\{\s*\} from '[^']*';\n/gm, ''));
  }
}

/** The text from a name in a list on, without that name and the comma behind it. */
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
