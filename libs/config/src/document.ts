import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { pathText, type ConfigProblem, type Path } from './problem.js';
import { syntaxProblems, type Place } from './syntax.js';

/** A YAML file as plain data, with the position of every node. */
export interface ConfigDocument {
  /** Undefined where the text is not valid YAML. */
  readonly data: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The position of a path, as `pathText` writes it, or of its nearest parent that the file has. */
  placeOf(path: string): Place | undefined;
}

export function parseConfigDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const invalid = syntaxProblems(text, [...document.errors, ...document.warnings], placeAt);
  if (invalid.length > 0) return { data: undefined, problems: invalid, placeOf: () => undefined };
  const { places, problems } = new Survey(document, placeAt).result();
  return { ...plainData(document, problems), placeOf: (path) => nearestPlace(places, path) };
}

/** The file as plain data; undefined where aliases are circular or expand to too much. */
function plainData(document: Document, problems: ConfigProblem[]): Pick<ConfigDocument, 'data' | 'problems'> {
  if (problems.some(({ message }) => message === badAlias)) return { data: undefined, problems };
  try {
    return { data: document.toJS() as unknown, problems };
  } catch {
    const message = 'the aliases (*name) expand to more than a configuration can need';
    return { data: undefined, problems: [...problems, { path: '', message }] };
  }
}

const badAlias = 'an unquoted * begins an alias, and nothing before it has the anchor (&) of that name';

function nearestPlace(places: ReadonlyMap<string, Place>, path: string): Place | undefined {
  for (let rest = path; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.')))) {
    const place = places.get(rest);
    if (place) return place;
  }
  return undefined;
}

/** Walks the tree once, for the position of every node, duplicate keys, and aliases that refer to nothing or to themselves. */
class Survey {
  private readonly places = new Map<string, Place>();
  private readonly problems: ConfigProblem[] = [];

  constructor(
    private readonly document: Document,
    private readonly placeAt: (offset: number) => Place,
  ) {}

  result(): { places: ReadonlyMap<string, Place>; problems: ConfigProblem[] } {
    this.visit(this.document.contents, [], []);
    return { places: this.places, problems: this.problems };
  }

  private visit(node: unknown, path: Path, above: readonly unknown[]): void {
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (!target || above.includes(target)) this.report(path, this.placeOf(node), badAlias);
    }
    const within = [...above, node];
    if (isSeq(node)) {
      node.items.forEach((item, index) => {
        this.item(item as Node, [...path, index], within);
      });
    }
    if (!isMap(node)) return;
    const first = new Map<string, Place>();
    node.items = node.items.filter((pair) => {
      if (!isPair(pair) || !isScalar(pair.key)) return true;
      const key = String(pair.key.value);
      if (!this.isFirst(key, this.placeOf(pair.key), path, first)) return false;
      this.visit(pair.value, [...path, key], within);
      return true;
    });
  }

  private item(node: Node, path: Path, above: readonly unknown[]): void {
    this.places.set(pathText(path), this.placeOf(node));
    this.visit(node, path, above);
  }

  /** Of a duplicate key, the first one counts; the second is reported and removed. */
  private isFirst(key: string, place: Place, parent: Path, first: Map<string, Place>): boolean {
    const path = [...parent, key];
    const before = first.get(key);
    if (before) {
      const what = parent.length === 1 && parent[0] === 'projects' ? 'duplicate project' : 'duplicate key';
      this.report(path, place, `${what}: it is already on line ${before.line}`);
      return false;
    }
    first.set(key, place);
    this.places.set(pathText(path), place);
    return true;
  }

  private report(path: Path, place: Place, message: string): void {
    this.problems.push({ path: pathText(path), ...place, message });
  }

  private placeOf(node: Pick<Node, 'range'>): Place {
    return this.placeAt(node.range?.[0] ?? 0);
  }
}
