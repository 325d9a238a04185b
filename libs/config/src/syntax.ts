import type { YAMLError } from 'yaml';
import { excerptOf } from './excerpt.js';
import type { ConfigProblem } from './problem.js';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Why a text is not valid YAML: at most one problem per line, as the first one mostly causes the others. */
export function syntaxProblems(
  text: string,
  errors: readonly YAMLError[],
  placeAt: (offset: number) => Place,
): ConfigProblem[] {
  const first = new Map<number, ConfigProblem>();
  for (const { code, pos } of errors) {
    const place = placeAt(pos[0]);
    if (!first.has(place.line)) first.set(place.line, syntaxProblem(text, place, syntaxWords[code]));
  }
  return [...first.values()];
}

const quoteIt = 'put a text that begins with *, &, !, %, @ or ` in quotes';
/** In our own words: the parser's messages quote parts of the file, which may be secrets. */
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
  MULTILINE_IMPLICIT_KEY: 'this line is not a "key: value"',
  MULTIPLE_DOCS: 'the file holds more than one document: remove the line with ---',
};

function syntaxProblem(text: string, place: Place, words = 'something here fits nothing before it'): ConfigProblem {
  const holdsVariable = (text.split('\n')[place.line - 1] ?? '').includes('${');
  return {
    path: '',
    ...place,
    message: `this is not valid YAML: ${words}`,
    ...(holdsVariable && { remedy: 'inside { } and [ ], put "${...}" in quotes' }),
    excerpt: excerptOf(text, place.line, place.column),
  };
}
