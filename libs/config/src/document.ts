import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import { excerptOf } from './excerpt.js';
import { pathText, type ConfigProblem, type Path } from './problem.js';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as plain data, with the place of everything in it. */
export interface ConfigDocument {
  /** Undefined where the text is no valid YAML. */
  readonly data: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The place of a path, as `pathText` writes it, or of the nearest part of it that the file has. */
  placeOf(path: string): Place | undefined;
}

export function parseConfigDocument(text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const invalid = onePerLine([...document.errors, ...document.warnings], placeAt).map(({ code, place }) =>
    syntaxProblem(text, place, syntaxWords[code]),
  );
  if (invalid.length > 0) return { data: undefined, problems: invalid, placeOf: () => undefined };
  const { places, problems } = new Survey(document, placeAt).result();
  return { ...plainData(document, problems), placeOf: (path) => nearestPlace(places, path) };
}

/** What the file says as plain data; what refers to itself, or to too much, has none. */
function plainData(document: Document, problems: ConfigProblem[]): Pick<ConfigDocument, 'data' | 'problems'> {
  if (problems.some(({ message }) => message === badAlias)) return { data: undefined, problems };
  try {
    return { data: document.toJS() as unknown, problems };
  } catch {
    const message = 'the file repeats itself too often: *names stand for more than a configuration can need';
    return { data: undefined, problems: [...problems, { path: '', message }] };
  }
}

const quoteIt = 'put a text that begins with *, &, !, %, @ or ` in quotes';
const badAlias = 'an unquoted * begins the name of something marked with & before, and there is nothing of that name';

/** In our own words: the parser's repeat pieces of the file, which may be a secret. */
const syntaxWords: Readonly<Partial<Record<string, string>>> = {
  BAD_ALIAS: quoteIt,
  ALIAS_PROPS: quoteIt,
  BAD_SCALAR_START: quoteIt,
  TAG_RESOLVE_FAILED: quoteIt,
  MULTIPLE_TAGS: quoteIt,
  MULTIPLE_ANCHORS: quoteIt,
  BAD_DIRECTIVE: quoteIt,
  BAD_COLLECTION_TYPE: quoteIt,
  BAD_DQ_ESCAPE: "\\ in double quotes begins an escape: use single quotes ('...') for a text with backslashes",
  BAD_INDENT: 'the indentation does not fit that of the lines above',
  TAB_AS_INDENT: 'a tab is used for indentation: use spaces',
  MISSING_CHAR: 'a character is missing here: a closing quote or bracket, a comma, or a space after a colon',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" begins on this line: put a text with ": " in it in quotes',
  MULTILINE_IMPLICIT_KEY: 'this line is no "key: value"',
  MULTIPLE_DOCS: 'the file holds more than one document: remove the line with ---',
};

function syntaxProblem(text: string, place: Place, words = 'something here fits nothing before it'): ConfigProblem {
  const holdsVariable = (text.split('\n')[place.line - 1] ?? '').includes('${');
  return {
    path: '',
    ...place,
    message: `this is no valid YAML: ${words}`,
    ...(holdsVariable && { remedy: 'inside { } and [ ], put "${...}" in quotes' }),
    excerpt: excerptOf(text, place.line, place.column),
  };
}

/** What follows the first error on a line mostly follows from it. */
function onePerLine(errors: readonly YAMLError[], placeAt: (offset: number) => Place) {
  const first = new Map<number, { code: string; place: Place }>();
  for (const { code, pos } of errors) {
    const place = placeAt(pos[0]);
    if (!first.has(place.line)) first.set(place.line, { code, place });
  }
  return [...first.values()];
}

function nearestPlace(places: ReadonlyMap<string, Place>, path: string): Place | undefined {
  for (let rest = path; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.')))) {
    const place = places.get(rest);
    if (place) return place;
  }
  return undefined;
}

/** Walks the tree once: where everything stands, what stands there twice, and what refers to nothing or to itself. */
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

  /** Of a key that stands there twice, the first is gone by; the second is told of, and taken out. */
  private isFirst(key: string, place: Place, parent: Path, first: Map<string, Place>): boolean {
    const path = [...parent, key];
    const before = first.get(key);
    if (before) {
      const what = parent.length === 1 && parent[0] === 'projects' ? 'duplicate project' : 'duplicate key';
      this.report(path, place, `${what}: it is there already, on line ${before.line}`);
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
