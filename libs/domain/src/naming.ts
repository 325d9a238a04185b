/** Names and places of a backup (D10), the same in every storage. */

/** `2025-11-21-03-00-00-havunadmin`: local time in `timezone`, to the second, then the project. */
export function backupName(project: string, instant: Date, timezone: string): string {
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
  return `${year.padStart(4, '0')}-${month}-${day}-${hour}-${minute}-${second}-${project}`;
}

const namePattern = /^(\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2})-(.+)$/;

/** The project in a backup's name, or undefined where the text is no such name. */
export function projectInName(name: string): string | undefined {
  return namePattern.exec(name)?.[2];
}

/** Where a fresh archive lies, relative to the base folder of any storage. */
export const hotArchivePath = (project: string, name: string): string => `${project}/hot/${name}.zip`;

/** The checksum beside an archive, in the format of `sha256sum -c`. */
export const checksumPath = (archivePath: string): string => `${archivePath}.sha256`;

/** What stands in that file. */
export function checksumContent(archivePath: string, sha256: string): string {
  return `${sha256}  ${archivePath.slice(archivePath.lastIndexOf('/') + 1)}\n`;
}
