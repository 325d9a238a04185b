// What a backup records of the things in a database besides their rows, and how that is compared after an import.
import { createHash } from 'node:crypto';
import type { DatabaseDetails, RecordedDefinition } from './database-details.js';
import type { Untried } from './database-kind.js';
import { printable } from '@havun/text';

/** Sides of a table. Where the table itself is missing, they are not mentioned. */
const OF_TABLES: Readonly<Record<string, string>> = {
  columns: 'columns',
  indexes: 'indexes',
  keys: 'foreign keys',
  checks: 'checks',
  constraints: 'constraints',
  partitions: 'partitions',
  policies: 'policies',
};
/** Their names are compared with those in the dump itself. */
const COMPARED_BY_NAME = new Set(['table', 'view']);

/** @param rows of a thing's kind, its name, and any further fields; several rows may belong to one thing, in order */
export function recorded(rows: readonly (readonly string[])[]): RecordedDefinition[] {
  const found = new Map<string, { kind: string; name: string; fields: string[][] }>();
  for (const [kind = '', name = '', ...fields] of rows) {
    const key = JSON.stringify([kind, name]);
    const one = found.get(key) ?? { kind, name, fields: [] };
    one.fields.push(fields);
    found.set(key, one);
  }
  return [...found.values()].map(({ kind, name, fields }) => ({
    kind,
    name,
    digest: createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 32),
  }));
}

/** What there is to compare after an import that left some things untried. */
export function withoutUntried(details: DatabaseDetails, untried: readonly Untried[]): DatabaseDetails {
  const left = new Set(untried.map(keyOf));
  return { ...details, definitions: details.definitions?.filter((one) => !left.has(keyOf(one))) };
}

/** Those that were the same before and after a dump: what changed meanwhile may or may not be in it. */
export function unchanged(
  before: readonly RecordedDefinition[],
  after: readonly RecordedDefinition[],
): RecordedDefinition[] {
  const later = byKey(after);
  return before.filter((one) => later.get(keyOf(one))?.digest === one.digest);
}

/**
 * One sentence for each recorded thing that is missing or another one.
 * @param onlyNames where another release of the server may word a definition differently
 */
export function definitionDifferences(
  found: readonly RecordedDefinition[],
  wanted: readonly RecordedDefinition[] | undefined,
  onlyNames: boolean,
): string[] {
  const present = byKey(found);
  const hasTable = (name: string) => present.has(keyOf({ kind: 'table', name }));
  return (wanted ?? []).flatMap((one) => {
    const now = present.get(keyOf(one));
    if (now ? onlyNames || now.digest === one.digest : COMPARED_BY_NAME.has(one.kind)) return [];
    const side = OF_TABLES[one.kind];
    if (side === undefined) return [`${worded(one)} is ${now ? 'not as in the backup' : 'missing'}.`];
    return hasTable(one.name) ? [`Table ${printable(one.name)}: its ${side} are not as in the backup.`] : [];
  });
}

const worded = ({ kind, name }: RecordedDefinition): string =>
  `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${printable(name)}`;
const keyOf = ({ kind, name }: Pick<RecordedDefinition, 'kind' | 'name'>): string => JSON.stringify([kind, name]);
const byKey = (all: readonly RecordedDefinition[]) => new Map(all.map((one) => [keyOf(one), one]));

/** An expression as servers print it: they add and drop brackets, casts and blanks when they read their own words again. */
export const normalised = (expression: string): string => expression.replaceAll(CAST, '').replaceAll(/[()\s]/g, '');
const CAST =
  /::(?:character varying|double precision|bit varying|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone|"(?:[^"]|"")*"|[\w.]+)(?:\(\d+(?:,\d+)?\))?(?:\[\])*/g;
