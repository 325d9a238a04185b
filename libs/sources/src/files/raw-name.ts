// Names on disk are bytes. They are kept as "raw" strings, one character per byte, and shown as UTF-8.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

export const rawOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const pathOf = (raw: string): Buffer => Buffer.from(raw, 'latin1');
export const isRawUtf8 = (raw: string): boolean => !NOT_ASCII.test(raw) || isUtf8(pathOf(raw));

const NOT_ASCII = /[\u0080-\u00ff]/;

/** The raw name as text; only for names that are valid UTF-8. */
export const textOf = (raw: string): string => (NOT_ASCII.test(raw) ? pathOf(raw).toString('utf8') : raw);

/**
 * The names of one folder as unique text. In a name that is not UTF-8, or that an archive can't hold, the offending bytes become
 * %XX. Where another file of the folder has that result as its name, a % or a hash is added.
 * @param isTop the folder is the project's root
 */
export function textNames(raws: readonly string[], isTop = false): Map<string, string> {
  const names = new Map(raws.filter((raw) => !isEncoded(raw, isTop)).map((raw) => [raw, textOf(raw)]));
  const others = raws.filter((raw) => !names.has(raw));
  if (others.length === 0) return names;
  const taken = new Set(names.values());
  for (const raw of others) {
    let tries = 0;
    let name = encoded(raw, tries);
    while (taken.has(name)) name = encoded(raw, (tries += 1));
    taken.add(name);
    names.set(raw, name);
  }
  return names;
}

/** Programs that read archives refuse such names (libzip), or obey them. */
const CONTROL = /[\x00-\x1f\x7f]/;

/** Whether the name in the archive differs from the name on disk. */
export const isEncoded = (raw: string, isTop: boolean): boolean => !isRawUtf8(raw) || isRefused(raw, isTop);

/**
 * Names that an archive refuses or could not give back. Other programs read a backslash as a slash: `..` then climbs, and a
 * leading `\\` or `C:` is absolute.
 */
function isRefused(raw: string, isTop: boolean): boolean {
  if (CONTROL.test(raw)) return true;
  if (raw.includes('\\') && raw.split('\\').includes('..')) return true;
  return isTop && (/^(?:\\|[A-Za-z]:(?:\\|$))/.test(raw) || isReservedTooLong(raw));
}

/** A file with a reserved name gets the suffix in the archive. The longer name has to fit too. */
const isReservedTooLong = (raw: string): boolean => raw.length > MOST_BYTES - SUFFIX.length && raw.endsWith(SUFFIX);
const SUFFIX = '.project';

/** The limit for one name on every file system of Linux. */
const MOST_BYTES = 255;

/** Different names get different results, and so do two attempts at one name; only first attempts may collide. */
function encoded(raw: string, tries: number): string {
  const name = percentEncoded(raw)
    .replace(/^([A-Za-z]):/, '$1%3A')
    .replaceAll('\\', '%5C')
    .replaceAll(new RegExp(CONTROL, 'g'), hex);
  const whole = tries === 0 && isReservedTooLong(raw) ? name.replace(/\.project$/, '%2Eproject') : name;
  const hash = createHash('sha256').update(`${tries} ${raw}`).digest('hex').slice(0, 32);
  const text = tries < 2 ? `${whole}${'%'.repeat(tries)}` : `${whole}~${hash}`;
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  const start = Buffer.from(whole).subarray(0, MOST_BYTES - hash.length - 1);
  return `${start.toString().replace(/\ufffd+$/, '')}~${hash}`;
}

const SEQUENCE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[^]/g;

/** Any bytes as text: what is not UTF-8 becomes %XX. */
export const percentEncoded = (raw: string): string =>
  raw.replaceAll(SEQUENCE, (part) => (isRawUtf8(part) ? textOf(part) : hex(part)));

const hex = (part: string): string =>
  part.replaceAll(/[^]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** The bytes in hexadecimal, as a manifest has them. */
export const rawHex = (raw: string): string => pathOf(raw).toString('hex');

/**
 * The parts of the path that `name` stands for. A manifest may say anything: undefined for what is not the path of something
 * below the same number of folders.
 */
export function rawParts(name: string, rawName: string): string[] | undefined {
  const parts = Buffer.from(rawName, 'hex').toString('latin1').split('/');
  const fits = (part: string) => !['', '.', '..'].includes(part) && !part.includes('\0') && part.length <= MOST_BYTES;
  return parts.length === name.split('/').length && parts.every(fits) ? parts : undefined;
}
