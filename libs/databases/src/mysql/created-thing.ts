import { identifier } from '../insert-scanner.js';

const KINDS = ['TABLE', 'VIEW', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'EVENT', 'SEQUENCE'] as const;
type Kind = (typeof KINDS)[number];

/** Something that a statement creates in the current database. */
export interface CreatedThing {
  kind: Kind;
  name: string;
  /** The table of a trigger. */
  on?: string;
  /** The words after its name. */
  rest: readonly string[];
  /** Its name, or that of its table, has the own database in front. */
  isQualified: boolean;
  /** A view as dumps make it first: with its columns alone. */
  isStandIn: boolean;
}

/** They stay as their author wrote them. Those of tables and sequences are written by the dump client. */
const MAY_BE_QUALIFIED = new Set<Kind>(['TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'EVENT', 'VIEW']);

/**
 * @param own the database that it belongs to
 * @returns undefined for what does not live in a database, or names another database that it is created in
 */
export function createdThing(words: readonly string[], own?: string): CreatedThing | undefined {
  const at = words.findIndex((word, index) => index > 0 && KINDS.includes(word.toUpperCase() as Kind));
  if (at < 0 || !isBefore(words.slice(1, at))) return undefined;
  const kind = words[at]?.toUpperCase() as Kind;
  let place = at + 1;
  if (kind === 'PACKAGE' && words[place]?.toUpperCase() === 'BODY') place += 1;
  if (
    words
      .slice(place, place + 3)
      .join(' ')
      .toUpperCase() === 'IF NOT EXISTS'
  )
    place += 3;
  const isOwn = (word: number, dot: string | undefined) =>
    dot === '.' && MAY_BE_QUALIFIED.has(kind) && identifier(words[word] ?? '') === own;
  const isQualified = isOwn(place, words[place + 1]);
  if (isQualified) place += 2;
  const rest = words.slice(place + 1);
  if (rest[0] === '.') return undefined;
  // Without brackets: a table made from another one, or a function from a library of the server.
  if (['TABLE', 'PROCEDURE', 'FUNCTION'].includes(kind) && rest[0] !== '(') return undefined;
  const name = identifier(words[place] ?? '');
  const isStandIn = kind === 'VIEW' && at === 1;
  if (kind !== 'TRIGGER') return { kind, name, rest, isQualified, isStandIn };
  const on = rest.findIndex((word) => word.toUpperCase() === 'ON');
  const isOn = isOwn(place + 1 + on + 1, rest[on + 2]);
  const table = isOn ? on + 3 : on + 1;
  if (on < 0 || rest[table + 1] === '.') return undefined;
  return { kind, name, on: identifier(rest[table] ?? ''), rest, isQualified: isQualified || isOn, isStandIn };
}

/** What dumps write between CREATE and the kind: with another word there it is something else that is made. */
const BEFORE =
  /^(?:OR REPLACE )?(?:ALGORITHM = \w+ )?(?:DEFINER = (?:NAME|\w+) (?:\( \) |@ (?:NAME|\w+) )?)?(?:SQL SECURITY \w+ )?(?:AGGREGATE )?$/i;
const isBefore = (words: readonly string[]): boolean =>
  BEFORE.test(words.map((word) => (/^[`"']/.test(word) ? 'NAME ' : `${word} `)).join(''));

/** Clauses that fill a table from another one, or put its files into another folder. */
const FOREIGN = new Set(['SELECT', 'LIKE', 'WITH', 'VALUES', 'DIRECTORY']);
/** Options of tables that keep their rows elsewhere. No dump has such rows, so no row may be inserted. */
const ELSEWHERE = new Set('UNION CONNECTION CONNECT FEDERATED FEDERATEDX SPIDER S3 MERGE MRG_MYISAM'.split(' '));

/** Where a table created like this keeps its rows; undefined where it must not be created. */
export function placeOfRows(rest: readonly string[]): 'here' | 'elsewhere' | undefined {
  if (rest[1]?.toUpperCase() === 'LIKE') return undefined;
  let depth = 0;
  const options: string[] = [];
  for (const word of rest) {
    if (word === ')') depth -= 1;
    if (depth === 0) options.push(word.toUpperCase());
    if (word === '(') depth += 1;
  }
  if (rest.some((word, at) => word.toUpperCase() === 'REFERENCES' && isElsewhere(rest.slice(at)))) return undefined;
  if (depth !== 0 || options.some((word, at) => FOREIGN.has(word) && !isVersioning(options, at))) return undefined;
  if (!options.some((word) => ELSEWHERE.has(word))) return 'here';
  // UNION=(`live`.`orders`): a qualified name inside the last brackets.
  return rest.slice(rest.lastIndexOf('(')).includes('.') ? undefined : 'elsewhere';
}

/** `REFERENCES other.t (`: a dump names a table of another database only where a foreign key leads there. */
const isElsewhere = (reference: readonly string[]): boolean => {
  const end = reference.indexOf('(');
  return end < 0 || reference.slice(0, end).includes('.');
};

/** The databases that a table's definition takes its sequences from, where it names any: `nextval(`db`.`s`)`, `VALUE FOR db.s`. */
export function sequencesOf(rest: readonly string[]): string[] {
  return rest.flatMap((word, at) => {
    const before = `${rest[at - 3] ?? ''} ${rest[at - 2] ?? ''}`;
    return word === '.' && SEQUENCE.test(before) ? [identifier(rest[at - 1] ?? '')] : [];
  });
}
const SEQUENCE = /^(?:nextval|lastval|setval) \(|^value for$/i;

/** `WITH SYSTEM VERSIONING` is no query. */
const isVersioning = (options: readonly string[], at: number): boolean =>
  options[at] === 'WITH' && options[at + 1] === 'SYSTEM';
