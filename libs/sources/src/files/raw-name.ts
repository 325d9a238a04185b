// Names on disk are bytes. They are kept as "raw" strings with one character a byte, and shown as UTF-8.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

export const rawOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const pathOf = (raw: string): Buffer => Buffer.from(raw, 'latin1');
export const isRawUtf8 = (raw: string): boolean => !NOT_ASCII.test(raw) || isUtf8(pathOf(raw));

const NOT_ASCII = /[\u0080-\u00ff]/;

/** The raw name as text; only for names that are valid UTF-8. */
export const textOf = (raw: string): string => (NOT_ASCII.test(raw) ? pathOf(raw).toString('utf8') : raw);

/**
 * Names of one folder as text, each once. A name that is not UTF-8, or that an archive may not hold, is encoded: bytes that
 * stand in the way become %XX. Where another file of the folder has the result for its name, a % or a hash is added.
 * `isTop`: the folder is the project's root.
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

/** Whether a name is archived as something else than it is. */
export const isEncoded = (raw: string, isTop: boolean): boolean => !isRawUtf8(raw) || isRefused(raw, isTop);

/**
 * What an archive refuses in one part of a name, or could not give back: other programs take a backslash for a slash, and then
 * `..` climbs, and a first `\\` or `C:` is absolute.
 */
function isRefused(raw: string, isTop: boolean): boolean {
  if (raw.includes('\\') && raw.split('\\').includes('..')) return true;
  return isTop && (/^(?:\\|[A-Za-z]:(?:\\|$))/.test(raw) || isReservedTooLong(raw));
}

/** Where a file has a name that the archive needs for itself, a longer one is made of it, which has to fit too. */
const isReservedTooLong = (raw: string): boolean => raw.length > MOST_BYTES - SUFFIX.length && raw.endsWith(SUFFIX);
const SUFFIX = '.project';

/** Of one name, on every file system of Linux. */
const MOST_BYTES = 255;

/** No two attempts at one name, and no two names but the first attempts at them, give the same. */
function encoded(raw: string, tries: number): string {
  const name = percentEncoded(raw)
    .replace(/^([A-Za-z]):/, '$1%3A')
    .replaceAll('\\', '%5C');
  const whole = tries === 0 && isReservedTooLong(raw) ? name.replace(/\.project$/, '%2Eproject') : name;
  const hash = createHash('sha256').update(`${tries} ${raw}`).digest('hex').slice(0, 32);
  const text = tries < 2 ? `${whole}${'%'.repeat(tries)}` : `${whole}~${hash}`;
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  const start = Buffer.from(whole).subarray(0, MOST_BYTES - hash.length - 1);
  return `${start.toString().replace(/\ufffd+$/, '')}~${hash}`;
}

const SEQUENCE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[^]/g;

/** Text for bytes of any kind: what is not UTF-8 becomes %XX. */
export const percentEncoded = (raw: string): string =>
  raw.replaceAll(SEQUENCE, (part) => (isRawUtf8(part) ? textOf(part) : hex(part)));

const hex = (part: string): string =>
  part.replaceAll(/[^]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
