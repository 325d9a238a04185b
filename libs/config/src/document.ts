import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { pathText, type ConfigProblem, type Path } from './problem.js';

/** A YAML file as plain data, with the place of everything in it. */
export interface ConfigDocument {
  readonly data: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The line and column of a path, or of the nearest part of it that the file has. */
  placeOf(path: Path): { line: number; column: number } | undefined;
}

export function parseConfigDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const placeAt = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const places = new Map<string, { line: number; column: number }>();
  const problems: ConfigProblem[] = document.errors.map(({ message, pos }) => ({
    path: '',
    ...placeAt(pos[0]),
    message: `this is no valid YAML: ${message.split('\n')[0] ?? ''}`,
  }));
  if (problems.length === 0) visit(document.contents, [], places, problems, placeAt);
  return {
    data: problems.length === 0 ? (document.toJS() as unknown) : undefined,
    problems,
    placeOf: (path) => {
      for (let length = path.length; length > 0; length -= 1) {
        const place = places.get(pathText(path.slice(0, length)));
        if (place) return place;
      }
      return undefined;
    },
  };
}

type Places = Map<string, { line: number; column: number }>;

function visit(
  node: unknown,
  path: Path,
  places: Places,
  problems: ConfigProblem[],
  placeAt: (offset: number) => { line: number; column: number },
): void {
  if (isSeq(node)) {
    node.items.forEach((item, index) => {
      const at = [...path, index];
      const offset = (item as Node).range?.[0];
      if (offset !== undefined) places.set(pathText(at), placeAt(offset));
      visit(item, at, places, problems, placeAt);
    });
  }
  if (!isMap(node)) return;
  const seen = new Map<string, number>();
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const at = [...path, key];
    const place = placeAt(pair.key.range?.[0] ?? 0);
    const before = seen.get(key);
    if (before !== undefined) {
      const what = path.length === 1 && path[0] === 'projects' ? 'this project' : 'this key';
      problems.push({
        path: pathText(at),
        ...place,
        message: `${what} stands here twice; the first time on line ${before}`,
      });
    }
    seen.set(key, place.line);
    places.set(pathText(at), place);
    visit(pair.value, at, places, problems, placeAt);
  }
}
