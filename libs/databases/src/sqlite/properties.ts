// What a file has beside its content: read at the backup, and given to a new file.
import { stat } from 'node:fs/promises';
import type { DatabaseDetails } from '../database-details.js';
import { dirname } from 'node:path';
import type { MakeOptions } from '../database-kind.js';
import type { PropertiesPlan } from '../database-properties.js';
import { DatabaseError } from '../errors.js';
import { fileState } from './contents.js';
import { findDatabaseFile } from './database-file.js';
import { idsOf, ownerOf, type FileOwner } from './file-owner.js';
import type { SqliteProperties } from './properties-schema.js';
import { folderOf, pathOf, queryRows, type SqliteLocation } from './shell.js';

export type MadeProperties = Partial<SqliteProperties>;
type Pragmas = Omit<SqliteProperties, keyof FileOwner>;

export const PRAGMAS = `
SELECT 'pragmas', page_size, encoding, journal_mode, user_version, application_id, auto_vacuum FROM pragma_page_size, pragma_encoding,
  pragma_journal_mode, pragma_user_version, pragma_application_id, pragma_auto_vacuum;
`;

/** From the rows of `PRAGMAS`. */
export function pragmasOf(rows: string[][]): Pragmas {
  const [, page = '', encoding = '', journal = '', user, application, vacuum] =
    rows.find(([tag]) => tag === 'pragmas') ?? [];
  return {
    page_size: Number(page),
    encoding: encoding as Pragmas['encoding'],
    journal_mode: journal,
    user_version: Number(user),
    application_id: Number(application),
    auto_vacuum: Number(vacuum),
  };
}

export async function readProperties(
  location: SqliteLocation,
  name: string,
  signal?: AbortSignal,
): Promise<SqliteProperties | undefined> {
  if ((await fileState(location, name)) !== 'database') return undefined;
  const pragmas = pragmasOf(await queryRows(location, name, PRAGMAS, ['-readonly'], signal));
  const file = await findDatabaseFile(folderOf(location), pathOf(location, name));
  return file && { ...pragmas, ...(await ownerOf(file.stats)) };
}

/** What a new file gets: owner and mode of the live one, else as recorded; the rest as recorded. */
export async function planProperties(
  location: SqliteLocation,
  details: DatabaseDetails,
  into: string,
  { like = details.name, withoutOwners = false, signal }: MakeOptions = {},
): Promise<PropertiesPlan<MadeProperties> & { made: MadeProperties }> {
  const { properties } = details;
  const recorded = properties && 'page_size' in properties ? properties : undefined;
  const journal = recorded || withoutOwners ? undefined : await journalMode(location, like, signal);
  const pragmas = recorded ? pragmasIn(recorded) : { journal_mode: journal };
  const made = { ...pragmas, journal_mode: pragmas.journal_mode === 'wal' ? 'wal' : 'delete' };
  const old = recorded
    ? []
    : ['the backup is older than the record of its user_version, application_id and encoding: they are 0, 0 and UTF-8'];
  if (withoutOwners) return { made, deviations: old };
  const live = await findDatabaseFile(folderOf(location), pathOf(location, like));
  const wanted = live ? await ownerOf(live.stats) : recorded;
  if (!wanted) return { made, deviations: old };
  const owner = await planOwner(wanted, dirname(pathOf(location, into)));
  return { made: { ...made, ...owner.made }, deviations: [...old, ...owner.deviations] };
}

const pragmasIn = ({ page_size, encoding, journal_mode, user_version, application_id, auto_vacuum }: Pragmas) => ({
  ...{ page_size, encoding, journal_mode, user_version, application_id, auto_vacuum },
});

/** Undefined for a file that is missing, or too damaged to tell. */
export async function journalMode(
  location: SqliteLocation,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await readProperties(location, name, signal))?.journal_mode;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'DATABASE_DAMAGED') return undefined;
    throw error;
  }
}

/** Only root can give files away. An owner that this machine does not know is replaced by that of the folder. */
async function planOwner(
  wanted: FileOwner,
  folder: string,
): Promise<{ made: Pick<FileOwner, 'uid' | 'gid' | 'mode'>; deviations: string[] }> {
  const { mode } = wanted;
  const [ids, usual, me] = [await idsOf(wanted), await stat(folder).catch(() => undefined), process.getuid?.() ?? 0];
  const found = { uid: ids.uid ?? usual?.uid ?? me, gid: ids.gid ?? usual?.gid ?? process.getgid?.() ?? 0 };
  const names = `${wanted.user ?? String(wanted.uid)}:${wanted.group ?? String(wanted.gid)}`;
  const unknown =
    ids.uid === undefined || ids.gid === undefined
      ? [
          `its file belonged to ${names}, which this machine does not know: it belongs to ${found.uid}:${found.gid}, as its folder does`,
        ]
      : [];
  const groups = process.getgroups?.() ?? [];
  if (me === 0 || (found.uid === me && groups.includes(found.gid)))
    return { made: { mode, ...found }, deviations: unknown };
  const mine = { uid: me, gid: groups.includes(found.gid) ? found.gid : (process.getgid?.() ?? 0) };
  return {
    made: { mode, ...mine },
    deviations: [
      `its file belonged to ${names}, and only root can give files away: it belongs to ${mine.uid}:${mine.gid}`,
    ],
  };
}

/** The statements for an empty file, and those for a filled one. Numbers and names of the record's schema need no quotes. */
export function pragmaStatements(made: MadeProperties): { before: string; after: string } {
  const set = (...pragmas: (keyof Pragmas)[]) =>
    pragmas.flatMap((name) => (made[name] === undefined ? [] : [`PRAGMA ${name} = '${made[name]}';`])).join(' ');
  return {
    before: set('page_size', 'encoding', 'auto_vacuum'),
    after: set('user_version', 'application_id', 'journal_mode'),
  };
}
