/** Reports libraries that must stay free of Nest, but reach it through their imports. */

/** Besides the apps, the only ones that may: the transport, and the bootstrap of the services. */
const nestLibraries = new Set(['libs/messaging', 'libs/service-kit']);

export function nestWhereNoneMayBe({ modules }) {
  const libraries = new Set(
    [...modules.values()].map(({ project }) => project).filter((project) => project.startsWith('libs/')),
  );
  return [...libraries]
    .filter((project) => !nestLibraries.has(project))
    .flatMap((project) => {
      const way = wayToNest(modules, project);
      return way ? [`${project} reaches Nest: ${way.join(' -> ')}`] : [];
    });
}

/** The shortest chain of imports from a library's own code, without its tests. */
function wayToNest(modules, project) {
  const starts = [...modules.values()].filter((module) => module.project === project && !module.forTests);
  const cameFrom = new Map(starts.map(({ path }) => [path, undefined]));
  for (const path of cameFrom.keys()) {
    for (const { specifier, target } of modules.get(path)?.imports ?? []) {
      if (specifier.startsWith('@nestjs/')) return [...wayTo(path, cameFrom), specifier];
      if (target !== undefined && !cameFrom.has(target)) cameFrom.set(target, path);
    }
  }
  return undefined;
}

const wayTo = (path, cameFrom) => (path === undefined ? [] : [...wayTo(cameFrom.get(path), cameFrom), path]);
