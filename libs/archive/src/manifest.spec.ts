import { describe, expect, it } from '@jest/globals';
import { MANIFEST_TAIL, manifestHead, manifestLine, parseManifest } from './manifest.js';
import { MTIME } from './testing/entries.js';
import type { ManifestEntry } from './types.js';

const entries: ManifestEntry[] = [
  { name: 'a "quoted"\n  ]\n}', type: 'file', size: 3, mode: 0o4755, mtime: MTIME, sha256: 'a'.repeat(64) },
  { name: 'folder', type: 'directory', size: 0, mode: 0o700, mtime: new Date(0) },
  { name: 'link', type: 'symlink', size: 1, mode: 0o777, mtime: MTIME, sha256: 'b'.repeat(64), target: 'a' },
];
const details = { project: 'havunadmin', nested: { entries: [1], format: 'x' }, text: '  "entries": [\n  ]' };
const text = (count: number, list: readonly ManifestEntry[]): string =>
  manifestHead(details, count, 4) + list.map((entry) => manifestLine(entry)).join(',\n') + MANIFEST_TAIL;

async function* inPieces(whole: string, size: number): AsyncGenerator<Uint8Array, void> {
  const data = Buffer.from(whole);
  for (let at = 0; at < data.length; at += size) yield await Promise.resolve(data.subarray(at, at + size));
}

const parse = async (whole: string, size = 7): Promise<unknown[]> => {
  const parts: unknown[] = [];
  for await (const part of parseManifest(inPieces(whole, size))) parts.push(part);
  return parts;
};

describe('the manifest', () => {
  it('is one JSON object', () => {
    const parsed = JSON.parse(text(3, entries)) as Record<string, unknown>;
    expect(parsed).toMatchObject({ format: 'havun-backup/1', ...details, entry_count: 3, total_bytes: 4 });
    expect((parsed['entries'] as unknown[])[0]).toEqual({
      name: 'a "quoted"\n  ]\n}',
      type: 'file',
      size: 3,
      mode: '4755',
      mtime: '2025-11-21T03:00:01.500Z',
      sha256: 'a'.repeat(64),
    });
  });

  it('is JSON without entries too', () => {
    expect(JSON.parse(text(0, []))).toMatchObject({ entries: [] });
  });

  it.each([1, 7, 100_000])('reads back what was written, in pieces of %d bytes', async (size) => {
    const head = { format: 'havun-backup/1', details, entryCount: 3, totalBytes: 4 };
    expect(await parse(text(3, entries), size)).toEqual([{ head }, ...entries.map((entry) => ({ entry }))]);
  });

  it('reads a manifest without entries', async () => {
    expect(await parse(text(0, []))).toHaveLength(1);
  });

  it.each([
    ['a count that is not met', text(4, entries)],
    ['a cut', text(3, entries).slice(0, -3)],
    ['text after the end', `${text(3, entries)}more\n`],
    ['another format', text(3, entries).replace('havun-backup/1', 'havun-backup/9')],
    ['an entry without hash', text(3, entries).replace(/,"sha256":"b+"/, '')],
    ['nothing', ''],
  ])('refuses %s', async (_what, whole) => {
    await expect(parse(whole)).rejects.toMatchObject({ code: 'NO_MANIFEST' });
  });

  it('refuses details that take its own keys', () => {
    expect(() => manifestHead({ entries: [] }, 0, 0)).toThrow(/may not have these keys: entries/);
  });
});
