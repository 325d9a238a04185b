import type { Failure } from '../event.js';
import type { BackupEventData } from './events.js';

/** One kind of thing that an archive lacks. */
export type MissingPart = NonNullable<BackupEventData<'ArchiveCreated'>['missing']>[number];

/** The number of names of one kind in an event, and the characters of one name. */
const [mostNames, longestName] = [20, 200];

/** What the log says of missing things. A thing without `name` is counted only: it may be personal data (D4). */
export function missingParts(
  things: readonly { readonly code: string; readonly name?: string | undefined }[],
): MissingPart[] {
  const parts = new Map<string, { code: string; count: number; names: string[] }>();
  for (const { code, name } of things) {
    const part = parts.get(code) ?? { code, count: 0, names: [] };
    part.count += 1;
    if (name !== undefined && part.names.length < mostNames) part.names.push(name.slice(0, longestName));
    parts.set(code, part);
  }
  return [...parts.values()].map(({ names, ...part }) => ({ ...part, ...(names.length > 0 && { names }) }));
}

/** Whether the archive has all that it was asked to hold. */
export const hasAll = ({ missing = [] }: Pick<BackupEventData<'ArchiveCreated'>, 'missing'>): boolean =>
  missing.length === 0;

/** Why a backup is partial whose copies may all be good. */
export const archiveLacks = (name: string, { missing = [] }: Parameters<typeof hasAll>[0]): Failure => ({
  code: 'ARCHIVE_LACKS',
  message: `The archive was made without some of what was asked for: ${missing.map(missingWords).join('; ')}`,
  remedy: `A retry can't bring that. See each by name with «havun backup:show ${name}», mend the source, and make a new backup.`,
});

/** `2 x TABLE_DAMAGED (orders, lines)`. */
export function missingWords({ code, count, names = [] }: MissingPart): string {
  if (names.length === 0) return `${count} x ${code}`;
  const more = count > names.length ? `, and ${count - names.length} more` : '';
  return `${count} x ${code} (${names.join(', ')}${more})`;
}
