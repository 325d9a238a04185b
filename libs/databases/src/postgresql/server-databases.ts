// Whole databases: closed, opened, renamed and dropped.
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from '../errors.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { exists, literal, MAINTENANCE, quoted } from './contents.js';

/** How often, and at which interval in milliseconds, a database is tried again to which somebody has just connected. */
const [ATTEMPTS, APART] = [10, 300];

export const execute = (
  location: PostgresqlLocation,
  statements: string[],
  signal?: AbortSignal,
): Promise<string[][]> => queryRows({ ...location, database: MAINTENANCE }, statements.join('\n'), signal, 'restore');

/** Refuses new connections and ends the present ones. */
export const closed = (...names: string[]): string[] => [
  ...names.map((name) => `ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS false;`),
  `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname IN (${names.map(literal).join(', ')});`,
];
export const opened = (name: string): string => `ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS true;`;

/** Runs statements that need their databases unused, and retries while somebody is connected. */
export async function alone(
  location: PostgresqlLocation,
  names: string[],
  statements: string[],
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await execute(location, [...closed(...names), ...statements], signal);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof DatabaseError) || error.code !== 'DATABASE_IN_USE') throw error;
      await pause(APART, undefined, { signal });
    }
  }
}

/** Drops a database even if it is in use. */
export async function dropDatabase(location: PostgresqlLocation, name: string, signal?: AbortSignal): Promise<void> {
  if (await exists(location, name, signal)) await alone(location, [name], [`DROP DATABASE ${quoted(name)};`], signal);
}
