import { identifier } from '../insert-scanner.js';

const KINDS = ['TABLE', 'VIEW', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'EVENT', 'SEQUENCE'] as const;
type Kind = (typeof KINDS)[number];

/** Something that is made in a database, by its own name only. */
export interface CreatedThing {
  kind: Kind;
  name: string;
  /** Of a trigger: its table. */
  on?: string;
  /** What comes after its name. */
  rest: readonly string[];
}

/** @returns undefined for whatever does not live in a database, or is made in a named one. */
export function createdThing(words: readonly string[]): CreatedThing | undefined {
  const at = words.findIndex((word, index) => index > 0 && KINDS.includes(word.toUpperCase() as Kind));
  if (at < 0 || !words.slice(1, at).every(isBefore)) return undefined;
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
  const rest = words.slice(place + 1);
  if (rest[0] === '.') return undefined;
  // Without brackets it is a table made from another one, or a function from a library of the server.
  if (['TABLE', 'PROCEDURE', 'FUNCTION'].includes(kind) && rest[0] !== '(') return undefined;
  const name = identifier(words[place] ?? '');
  if (kind !== 'TRIGGER') return { kind, name, rest };
  const on = rest.findIndex((word) => word.toUpperCase() === 'ON');
  return on < 0 || rest[on + 2] === '.' ? undefined : { kind, name, on: identifier(rest[on + 1] ?? ''), rest };
}

/** Words, names and signs of `OR REPLACE ALGORITHM=... DEFINER=`a`@`b` SQL SECURITY ...`, and nothing that is made otherwise. */
const isBefore = (word: string): boolean => /^(?:[`"'].*|[\w-]+|[=@()%.])$/s.test(word) && !/^temporary$/i.test(word);

/** Clauses by which a table gets its columns or rows from another one, or its files into another folder. */
const FOREIGN = new Set(['SELECT', 'LIKE', 'WITH', 'VALUES', 'DIRECTORY']);
/** By these its rows are somewhere else. Dumps have none of them, so none may be put in. */
const ELSEWHERE = new Set('UNION CONNECTION CONNECT FEDERATED FEDERATEDX SPIDER S3 MERGE MRG_MYISAM'.split(' '));

/** Where the rows of a table are that is made like this; undefined where it must not be made. */
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
  // UNION=(`live`.`orders`): inside of the last brackets, a name that is not its own.
  return rest.slice(rest.lastIndexOf('(')).includes('.') ? undefined : 'elsewhere';
}

/** `REFERENCES other.t (`: dumps name a table of another database only where a key leads out of their own. */
const isElsewhere = (reference: readonly string[]): boolean => {
  const end = reference.indexOf('(');
  return end < 0 || reference.slice(0, end).includes('.');
};

/** `WITH SYSTEM VERSIONING` is no query. */
const isVersioning = (options: readonly string[], at: number): boolean =>
  options[at] === 'WITH' && options[at + 1] === 'SYSTEM';
