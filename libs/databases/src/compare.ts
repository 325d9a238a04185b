import { isDeepStrictEqual } from 'node:util';
import type { DatabaseDetails } from './database-details.js';
import type { DatabaseContents } from './database-kind.js';

const KINDS = ['routines', 'triggers', 'events'] as const;

/** Every difference between the database and the manifest, one sentence each. */
export function differences(found: DatabaseContents | undefined, details: DatabaseDetails): string[] {
  if (!found) return ['There is no such database.'];
  const rows = new Map(found.tables.map((table) => [table.name, table.rows]));
  const expected = new Map(details.tables.map((table) => [table.name, table.rows]));
  return [
    ...[...expected].flatMap(([name, count]) => tableDifference(name, count, rows.get(name))),
    ...extra('Table', [...rows.keys()], [...expected.keys()]),
    ...details.views.filter((name) => !found.views.includes(name)).map((name) => `View ${name} is missing.`),
    ...extra('View', found.views, details.views),
    ...KINDS.filter((kind) => found[kind] !== details[kind]).map(
      (kind) => `There are ${found[kind]} ${kind}, and the backup has ${details[kind]}.`,
    ),
  ];
}

function tableDifference(name: string, expected: number, found: number | undefined): string[] {
  if (found === undefined) return [`Table ${name} is missing.`];
  return found === expected ? [] : [`Table ${name} has ${found} rows, and the backup has ${expected}.`];
}

const extra = (what: string, found: readonly string[], expected: readonly string[]): string[] =>
  found.filter((name) => !expected.includes(name)).map((name) => `${what} ${name} is not in the backup.`);

/** Every recorded property that the database does not have. Settings, grants and comments are not quoted: they may hold secrets. */
export function propertyDifferences(
  found: Readonly<Record<string, unknown>> | undefined,
  wanted: Readonly<Record<string, unknown>> | undefined,
): string[] {
  if (!found || !wanted) return [];
  return Object.entries(wanted)
    .filter(([key, value]) => value !== undefined && !isDeepStrictEqual(found[key], value))
    .map(([key, value]) => {
      const words = key.replaceAll('_', ' ');
      const isShown = key !== 'comment' && typeof value !== 'object';
      if (!isShown) return `The ${words} of the database: not as in the backup.`;
      return `The ${words} of the database is ${JSON.stringify(found[key])}, and in the backup it is ${JSON.stringify(value)}.`;
    });
}
