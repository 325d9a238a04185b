import { createHash } from 'node:crypto';
import { ArchiveError } from './archive-error.js';

export const MANIFEST_NAME = 'backup-manifest.json';
export const MANIFEST_MODE = 0o600;

const MAX_NAME_BYTES = 0xffff;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Says what is wrong with a name; undefined for a good one. Names are relative and separated by '/'. A backslash is an ordinary
 * character here, but other readers take it for a separator: it must not make a name absolute or climb out for them either.
 */
export const nameFault = (name: string): string | undefined => {
  if (name === '') return 'is empty';
  if (name.includes('\0')) return 'contains NUL';
  if (LONE_SURROGATE.test(name)) return 'is not valid Unicode';
  if (/^[\\/]|^[A-Za-z]:[\\/]/.test(name)) return 'is absolute';
  if (name.split('/').some((part) => part === '' || part === '.')) return 'has an empty or "." part';
  if (name.split(/[\\/]/).includes('..')) return 'contains ".."';
  // One byte is reserved for the slash that ends a directory's name.
  if (Buffer.byteLength(name) > MAX_NAME_BYTES - 1) return 'is longer than 65,534 bytes';
  return undefined;
};

/**
 * Whether a link stays inside the folder that the archive is extracted to. `..` may only come first: after a name, it could climb
 * out through another link, which the text alone does not show.
 */
export const linkStaysInside = (name: string, target: string): boolean => {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const up = climbs === -1 ? parts.length : climbs;
  return !parts.slice(up).includes('..') && up < name.split('/').length;
};

const LEAF = 1;
const FOLDER = 2;
const IMPLIED_FOLDER = 3;
type Kind = typeof LEAF | typeof FOLDER | typeof IMPLIED_FOLDER;

const WORDS = 4;

/**
 * The names of one archive, as 126-bit fingerprints: a million names take 64 MB at most. Refuses a name seen before, and a name
 * below something that is not a folder.
 */
export class NameSet {
  private slots = new Uint32Array(1024 * WORDS);
  private used = 0;

  /** Throws DUPLICATE_NAME. */
  add(name: string, isFolder: boolean): void {
    const present = this.put(name, isFolder ? FOLDER : LEAF);
    if (present !== undefined && !(isFolder && present === IMPLIED_FOLDER)) {
      throw new ArchiveError('DUPLICATE_NAME', `"${name}" is in the archive more than once`);
    }
    for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      const above = this.put(name.slice(0, slash), IMPLIED_FOLDER);
      if (above === LEAF) {
        throw new ArchiveError(
          'DUPLICATE_NAME',
          `"${name.slice(0, slash)}" is both a file and the folder of "${name}"`,
        );
      }
      if (above !== undefined) return;
    }
  }

  /** Stores the name unless it is there, and returns what it is. An implied folder becomes an explicit one. */
  private put(name: string, kind: Kind): Kind | undefined {
    const digest = createHash('sha256').update(name).digest();
    const words = [0, 4, 8].map((at) => digest.readUInt32LE(at));
    const tag = (digest.readUInt32LE(12) & ~3) >>> 0;
    const at = this.find(words, tag);
    const present = ((this.slots[at + 3] ?? 0) & 3) as Kind | 0;
    if (present === 0) {
      this.slots.set([...words, (tag | kind) >>> 0], at);
      if (++this.used * 2 > this.slots.length / WORDS) this.grow();
      return undefined;
    }
    if (present === IMPLIED_FOLDER && kind === FOLDER) this.slots[at + 3] = (tag | FOLDER) >>> 0;
    return present;
  }

  /** Index of the slot that holds the fingerprint, or of the free slot where it belongs. */
  private find(words: readonly number[], tag: number): number {
    const mask = this.slots.length / WORDS - 1;
    const { slots } = this;
    for (let slot = (words[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      const last = slots[at + 3] ?? 0;
      if ((last & 3) === 0) return at;
      if (
        slots[at] === words[0] &&
        slots[at + 1] === words[1] &&
        slots[at + 2] === words[2] &&
        (last & ~3) >>> 0 === tag
      ) {
        return at;
      }
    }
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      const last = old[at + 3] ?? 0;
      if ((last & 3) === 0) continue;
      const words = [...old.subarray(at, at + 3)];
      this.slots.set([...words, last], this.find(words, (last & ~3) >>> 0));
    }
  }
}
