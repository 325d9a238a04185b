// How the steps of a drill describe what they saw: numbers, and no names of files (D4).
import type { DatabaseDetails } from '@havun/databases';

export const lines = (...parts: (string | false | undefined)[]): string =>
  parts.filter((part) => typeof part === 'string').join('; ');

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** The content of a database, in numbers. */
export function contents({ tables, views, routines, triggers, events }: DatabaseDetails): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const others = [
    [views.length, 'view'],
    [routines, 'routine'],
    [triggers, 'trigger'],
    [events, 'event'],
  ] as const;
  const named = others.flatMap(([number, what]) => (number > 0 ? [count(number, what)] : []));
  return [count(tables.length, 'table'), count(rows, 'row'), ...named].join(', ');
}

export const amount = (bytes: number): string =>
  bytes < 1e6 ? `${bytes} bytes` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
