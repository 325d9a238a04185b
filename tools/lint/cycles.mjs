/** Reports modules that import each other in a cycle, types included: none of them can be understood, or moved, without the others. */
export function importCycles({ modules }) {
  return circles(modules).map((paths) => {
    const circle = walkAround(modules, new Set(paths));
    return `import cycle: ${[...circle, circle[0]].join(' -> ')}`;
  });
}

/** Tarjan's strongly connected components, of more than one module. */
function circles(modules) {
  const [numbers, lowest, stack, onStack, found] = [new Map(), new Map(), [], new Set(), []];
  const visit = (path) => {
    numbers.set(path, numbers.size);
    lowest.set(path, numbers.get(path));
    stack.push(path);
    onStack.add(path);
    for (const next of importedBy(modules, path)) {
      if (!numbers.has(next)) visit(next);
      if (onStack.has(next)) lowest.set(path, Math.min(lowest.get(path), lowest.get(next)));
    }
    if (lowest.get(path) !== numbers.get(path)) return;
    const component = stack.splice(stack.indexOf(path));
    component.forEach((each) => onStack.delete(each));
    if (component.length > 1 || importedBy(modules, path).includes(path)) found.push(component);
  };
  for (const path of modules.keys()) if (!numbers.has(path)) visit(path);
  return found;
}

const importedBy = (modules, path) =>
  modules.get(path).imports.flatMap(({ target }) => (modules.has(target) ? [target] : []));

/** One path through the cycle, from a module back to itself. */
function walkAround(modules, circle) {
  const [start] = [...circle].sort();
  const cameFrom = new Map([[start, undefined]]);
  for (const path of cameFrom.keys()) {
    for (const next of importedBy(modules, path).filter((each) => circle.has(each))) {
      if (next === start) return wayTo(path, cameFrom);
      if (!cameFrom.has(next)) cameFrom.set(next, path);
    }
  }
  return [start];
}

const wayTo = (path, cameFrom) => (path === undefined ? [] : [...wayTo(cameFrom.get(path), cameFrom), path]);
