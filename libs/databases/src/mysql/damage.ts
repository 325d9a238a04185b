import type { DatabaseMissing } from '../database-details.js';
import type { ClientExit } from '../client.js';

/** Errors of MySQL and MariaDB about a table that can't be read. 1030 quotes the number of the storage engine. */
const DAMAGED = new Set([1033, 1034, 1035, 1194, 1195, 1712, 1812, 1814, 1932]);
const [ENGINE_ERROR, ENGINE_DAMAGED] = [1030, /\b(?:126|127|130|144|145|155|180|192|194)\b/];

const NAME = '`((?:[^`]|``)+)`';
const WHILE_READING = new RegExp(`Error (\\d{4}): (.*) when dumping table ${NAME} at row: \\d+$`);
const COULD_NOT = new RegExp(`Couldn't execute '.*\\b(?:FROM|TABLE) ${NAME}[^\`]*': (.*) \\((\\d{4})\\)$`, 'i');

/** How a dump client ended that goes on after an error (`--force`). */
export interface Damage {
  /** The tables that it could not read, or not to their end. */
  tables: ReadonlyMap<string, DatabaseMissing>;
  /** Its other words: any of them makes the dump useless. */
  otherWords: string;
}

/** @param stderr scrubbed */
export function damageIn({ code, stderr }: ClientExit, database: string): Damage {
  const tables = new Map<string, DatabaseMissing>();
  const others: string[] = [];
  // Where the client was killed, or has said more than is kept, its words tell nothing of what it wrote.
  if (code !== 2 && code !== 3) return { tables, otherWords: stderr };
  for (const line of stderr.split('\n').filter((words) => words.trim() !== '')) {
    const found = damagedTable(line);
    if (!found) others.push(line);
    else if (!tables.has(found.name)) tables.set(found.name, tableDamaged(database, found.name, found.words));
  }
  return { tables, otherWords: others.join('\n') };
}

function damagedTable(line: string): { name: string; words: string } | undefined {
  const [, number, said, table] = WHILE_READING.exec(line) ?? [];
  const [, asked, answer, code] = COULD_NOT.exec(line) ?? [];
  const [name, words, error] = [table ?? asked, said ?? answer ?? '', Number(number ?? code)];
  const isDamage = DAMAGED.has(error) || (error === ENGINE_ERROR && ENGINE_DAMAGED.test(words));
  return name !== undefined && isDamage ? { name: name.replaceAll('``', '`'), words } : undefined;
}

export const tableDamaged = (database: string, table: string, words: string): DatabaseMissing => ({
  code: 'TABLE_DAMAGED',
  message: `table ${table} of database ${database} is damaged, and its rows are not in the dump, or not all: ${words}`,
  remedy: `Repair it (CHECK TABLE, REPAIR TABLE; for InnoDB see innodb_force_recovery), or restore it from an earlier backup; then back up again.`,
  path: table,
  name: table,
});
