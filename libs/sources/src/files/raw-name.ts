// Names on disk are bytes. They are kept as "raw" strings with one character a byte, and shown as UTF-8.
import { isUtf8 } from 'node:buffer';

export const rawOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const pathOf = (raw: string): Buffer => Buffer.from(raw, 'latin1');
export const isRawUtf8 = (raw: string): boolean => !NOT_ASCII.test(raw) || isUtf8(pathOf(raw));

const NOT_ASCII = /[\u0080-\u00ff]/;

/** The raw name as text; only for names that are valid UTF-8. */
export const textOf = (raw: string): string => (NOT_ASCII.test(raw) ? pathOf(raw).toString('utf8') : raw);

/**
 * Names of one folder as text. A name that is not UTF-8 gets its offending bytes as %XX, and a % at the end for as
 * long as another file of the folder has that name.
 */
export function textNames(raws: readonly string[]): Map<string, string> {
  const names = new Map(raws.filter(isRawUtf8).map((raw) => [raw, textOf(raw)]));
  const invalid = raws.filter((raw) => !names.has(raw));
  if (invalid.length === 0) return names;
  const taken = new Set(names.values());
  for (const raw of invalid) {
    let name = percentEncoded(raw);
    while (taken.has(name)) name += '%';
    taken.add(name);
    names.set(raw, name);
  }
  return names;
}

const SEQUENCE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[^]/g;

const percentEncoded = (raw: string): string =>
  raw.replaceAll(SEQUENCE, (part) => (isRawUtf8(part) ? textOf(part) : hex(part)));

const hex = (part: string): string =>
  part.replaceAll(/[^]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
