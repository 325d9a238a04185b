/**
 * backup-manifest.json: one JSON object that people and jq can read. It is laid out so that a million entries can be read line by
 * line: the head pretty-printed, then `"entries": [` and one entry per line, in the order of the archive.
 */
import { z } from 'zod';
import { ArchiveError } from './archive-error.js';
import type { BackupManifest, ManifestDetails, ManifestEntry } from './types.js';

export const FORMAT = 'havun-backup/1';
const OWN_KEYS = ['format', 'entry_count', 'total_bytes', 'entries'];
const ENTRIES_LINE = '  "entries": [';
export const MANIFEST_TAIL = '\n  ]\n}\n';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);
const common = {
  name: z.string().min(1),
  size: z.int().nonnegative(),
  mode: z.string().regex(/^[0-7]{4}$/),
  mtime: z.iso.datetime(),
  raw_name: hex.optional(),
  raw_target: hex.optional(),
};
const entrySchema = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('file'), sha256 }),
  z.object({ ...common, type: z.literal('directory') }),
  z.object({ ...common, type: z.literal('symlink'), sha256, target: z.string() }),
]);
const headSchema = z.looseObject({
  format: z.literal(FORMAT),
  entry_count: z.int().nonnegative(),
  total_bytes: z.int().nonnegative(),
  entries: z.array(z.never()),
});

/** Everything before the first entry. Throws TypeError for details that are not JSON or that use this format's own keys. */
export const manifestHead = (details: ManifestDetails, entryCount: number, totalBytes: number): string => {
  const taken = OWN_KEYS.filter((key) => key in details);
  if (taken.length > 0) throw new TypeError(`manifest details may not have these keys: ${taken.join(', ')}`);
  const head = { format: FORMAT, ...details, entry_count: entryCount, total_bytes: totalBytes };
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n${ENTRIES_LINE}\n`;
};

/** A file system may hold any time; a date here has a year of four digits. */
const EARLIEST = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const timestamp = (time: Date): string => new Date(Math.min(Math.max(time.getTime(), EARLIEST), LATEST)).toISOString();

/** One entry's line, without the separator to the next. */
export const manifestLine = (entry: ManifestEntry): string => {
  const { name, type, size, target } = entry;
  const mode = (entry.mode & 0o7777).toString(8).padStart(4, '0');
  const original = { raw_name: entry.rawName, raw_target: entry.rawTarget };
  const line = { name, type, size, mode, mtime: timestamp(entry.mtime), sha256: entry.sha256, target, ...original };
  return `    ${JSON.stringify(line)}`;
};

const unreadable = (reason: string, cause?: unknown): ArchiveError =>
  new ArchiveError('NO_MANIFEST', `backup-manifest.json cannot be read: ${reason}`, { cause });

/** The manifest's lines without their line ends. Refuses a line longer than the longest name could make it. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') throw unreadable('it ends in the middle of a line');
}

const parseEntry = (line: string): ManifestEntry => {
  try {
    const { mode, mtime, raw_name, raw_target, ...entry } = entrySchema.parse(
      JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line),
    );
    const original = {
      ...(raw_name !== undefined && { rawName: raw_name }),
      ...(raw_target !== undefined && { rawTarget: raw_target }),
    };
    return { ...entry, ...original, mode: Number.parseInt(mode, 8), mtime: new Date(mtime) };
  } catch (error) {
    throw unreadable(`this is not an entry: ${line.slice(0, 200)}`, error);
  }
};

const parseHead = (text: string): BackupManifest => {
  try {
    const { format, entry_count, total_bytes, entries: _entries, ...details } = headSchema.parse(JSON.parse(text));
    return { format, details, entryCount: entry_count, totalBytes: total_bytes };
  } catch (error) {
    throw unreadable('its head is not what this program writes', error);
  }
};

/** Reads a manifest as a stream: first its head, then its entries. Throws NO_MANIFEST when it has another layout. */
export async function* parseManifest(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ head: BackupManifest } | { entry: ManifestEntry }, void> {
  const head: string[] = [];
  let state: 'head' | 'entries' | 'tail' = 'head';
  let left = 0;
  for await (const line of lines(chunks)) {
    if (state === 'head') {
      head.push(line);
      if (line !== ENTRIES_LINE) continue;
      const parsed = parseHead(`${head.join('\n')}]}`);
      left = parsed.entryCount;
      state = 'entries';
      yield { head: parsed };
    } else if (state === 'entries' && line === '  ]') {
      state = 'tail';
    } else if (state === 'entries') {
      if (line === '') continue;
      left--;
      yield { entry: parseEntry(line) };
    } else if (line !== '}') {
      throw unreadable(`unexpected text after its entries: ${line.slice(0, 200)}`);
    }
  }
  if (state !== 'tail' || left !== 0) throw unreadable('it does not hold as many entries as it says');
}
