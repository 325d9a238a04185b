/** Names and paths of a backup (D10), the same in every storage. */

/** `2025-11-21-03-00-00-havunadmin`: local time in `timezone`, to the second, then the project. */
export const backupName = (project: string, instant: Date, timezone: string): string =>
  `${localTime(instant, timezone)}-${project}`;

/** `restore-2025-11-21-03-00-00-havunadmin`: easy to tell from the names of backups. */
export const restoreName = (project: string, instant: Date, timezone: string): string =>
  `restore-${backupName(project, instant, timezone)}`;

/** `2025-11-21` in `timezone`. */
export const localDate = (instant: Date, timezone: string): string => localTime(instant, timezone).slice(0, 10);

/** The first whole second after `instant` that belongs to another local day. */
export function startOfNextDay(instant: Date, timezone: string): Date {
  const isSameDay = (time: number): boolean => localDate(new Date(time), timezone) === localDate(instant, timezone);
  let time = Math.floor(instant.getTime() / 1000) * 1000;
  for (const step of [3_600_000, 60_000, 1000]) while (isSameDay(time + step)) time += step;
  return new Date(time + 1000);
}

/** `2025-11-21-03-00-00` in `timezone`. */
function localTime(instant: Date, timezone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>;
  const { year, month, day, hour, minute, second } = parts;
  return `${year.padStart(4, '0')}-${month}-${day}-${hour}-${minute}-${second}`;
}

const namePattern = /^(restore-)?(\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2})-(.+)$/;

/** The project in the name of a backup or restore, or undefined where the text is no such name. */
export function projectInName(name: string): string | undefined {
  return namePattern.exec(name)?.[3];
}

/** `2025-11-21-03-00-00`: the local time in such a name. Names of one kind sort by it. */
export function timeInName(name: string): string | undefined {
  return namePattern.exec(name)?.[2];
}

export const isRestoreName = (name: string): boolean => namePattern.exec(name)?.[1] !== undefined;

/** The two places of an archive: hot, and archived for years. */
export type Tier = 'hot' | 'archive';

/** Path of a fresh archive, relative to the base folder of any storage. */
export const hotArchivePath = (project: string, name: string): string => `${hotFolder(project)}/${name}.zip`;

/**
 * Path of an archive that is kept for years: under the year and month in its name, which are local time.
 * @param name of a backup; anything else is a RangeError
 */
export function archivePath(project: string, name: string): string {
  const [year, month] = timeInName(name)?.split('-') ?? [];
  if (year === undefined || month === undefined) throw new RangeError(`"${name}" is not the name of a backup`);
  return `${archiveFolder(project)}/${year}/${month}/${name}.zip`;
}

export const hotFolder = (project: string): string => `${project}/hot`;
/** Contains a folder for each year, and in it one for each month, both as {@link isYear} and {@link isMonth} define them. */
export const archiveFolder = (project: string): string => `${project}/archive`;
export const isYear = (folder: string): boolean => /^\d{4}$/.test(folder);
export const isMonth = (folder: string): boolean => /^\d{2}$/.test(folder);

/** The backup whose archive is at a path. */
export interface Place {
  readonly project: string;
  readonly tier: Tier;
  readonly name: string;
}

const placePattern = /^([^/]+)\/(hot|archive\/\d{4}\/\d{2})\/([^/]+)\.zip$/;

/**
 * The inverse of {@link hotArchivePath} and {@link archivePath}; undefined for a path that is not a backup's. An archive that a
 * person has put under another month is accepted.
 */
export function placeOfPath(path: string): Place | undefined {
  const [, project, folder, name] = placePattern.exec(path) ?? [];
  if (project === undefined || name === undefined) return undefined;
  if (projectInName(name) !== project || isRestoreName(name)) return undefined;
  return { project, tier: folder === 'hot' ? 'hot' : 'archive', name };
}

/** The place of the same archive in the other tier; undefined for a path that is not a backup's. */
export function otherPlace(path: string): string | undefined {
  const place = placeOfPath(path);
  if (!place) return undefined;
  return (place.tier === 'hot' ? archivePath : hotArchivePath)(place.project, place.name);
}

/** The checksum beside an archive, in the format of `sha256sum -c`. */
export const checksumPath = (archivePath: string): string => `${archivePath}.sha256`;

/** The content of that file. */
export function checksumContent(archivePath: string, sha256: string): string {
  return `${sha256}  ${archivePath.slice(archivePath.lastIndexOf('/') + 1)}\n`;
}
