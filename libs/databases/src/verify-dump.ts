import { DatabaseError } from './errors.js';
import type { DatabaseDetails } from './database-details.js';
import type { Inventory } from './database-kind.js';

/** What was found in a dump. */
export interface DumpContents {
  tables: ReadonlySet<string>;
  views: ReadonlySet<string>;
  /** Rows by table; a table without rows may be absent. */
  rows: ReadonlyMap<string, number>;
  routines: number;
  triggers: number;
  events: number;
  /** The closing line is there, after complete statements. */
  complete: boolean;
  /** In bytes, where servers limit it. */
  longestStatement?: number;
}

/**
 * Checks that the dump has everything that was there before it.
 * @param damaged tables that could not be read; what is in the dump of them counts
 * @throws DatabaseError DUMP_INCOMPLETE, which names what is missing.
 */
export function verifyDump(
  found: DumpContents,
  inventory: Inventory,
  damaged: { has(table: string): boolean } = new Set<string>(),
): DatabaseDetails {
  const missing = [
    ...(found.complete ? [] : ['the closing line']),
    ...inventory.tables.filter((name) => !found.tables.has(name) && !damaged.has(name)).map((name) => `table ${name}`),
    ...inventory.views.filter((name) => !found.views.has(name)).map((name) => `view ${name}`),
    ...(['routines', 'triggers', 'events'] as const)
      .filter((what) => found[what] < inventory[what])
      .map((what) => `${inventory[what] - found[what]} of ${inventory[what]} ${what}`),
  ];
  if (missing.length > 0) throw incomplete(inventory.name, `the dump lacks ${missing.join(', ')}`);
  const { name, kind, server_version, client, client_version, properties } = inventory;
  return {
    name,
    kind,
    entry: 'database.sql',
    server_version,
    client,
    client_version,
    tables: [...found.tables]
      .filter((table) => !found.views.has(table))
      .sort()
      .map((table) => ({ name: table, rows: found.rows.get(table) ?? 0 })),
    views: [...found.views].sort(),
    routines: found.routines,
    triggers: found.triggers,
    events: found.events,
    ...(found.longestStatement !== undefined && { longest_statement_bytes: found.longestStatement }),
    ...(inventory.max_statement_bytes !== undefined && { max_statement_bytes: inventory.max_statement_bytes }),
    properties,
  };
}

export const incomplete = (database: string, what: string): DatabaseError =>
  new DatabaseError({
    code: 'DUMP_INCOMPLETE',
    message: `database ${database}: ${what}`,
    remedy:
      'Run the backup again; if it keeps failing, look for a migration, a restart or a killed connection at that time.',
    retryable: true,
    path: database,
  });
