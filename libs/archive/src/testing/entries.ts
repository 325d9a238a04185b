import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveEntry, ArchiveReader, ArchiveSummary, WriteArchiveOptions } from '../types.js';
import { writeArchive } from '../write/write-archive.js';

export const MTIME = new Date('2025-11-21T03:00:01.500Z');
export const BLOCK = 1024 * 1024;

/** Bytes that are the same in each run and that deflate can't shorten (`kind: noise`), or can (`text`). */
export const bytes = (length: number, kind: 'text' | 'noise' = 'text', seed = 1): Buffer => {
  const out = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[at] = kind === 'noise' ? state & 0xff : 97 + ((state >>> 8) & 7);
  }
  return out;
};

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

export const file = (
  name: string,
  data: Uint8Array,
  rest: { mode?: number; mtime?: Date; sizeHint?: number; chunk?: number } = {},
): ArchiveEntry => ({
  type: 'file',
  name,
  mode: rest.mode ?? 0o640,
  mtime: rest.mtime ?? MTIME,
  ...(rest.sizeHint === undefined ? {} : { sizeHint: rest.sizeHint }),
  async *open() {
    const { chunk = 64 * 1024 } = rest;
    for (let at = 0; at < data.length; at += chunk) yield await Promise.resolve(data.subarray(at, at + chunk));
  },
});

export const directory = (name: string, mode = 0o755, mtime = MTIME): ArchiveEntry => ({
  type: 'directory',
  name,
  mode,
  mtime,
});

export const link = (name: string, target: string): ArchiveEntry => ({
  type: 'symlink',
  name,
  mode: 0o777,
  mtime: MTIME,
  target,
});

export async function* listed(entries: readonly ArchiveEntry[]): AsyncGenerator<ArchiveEntry, void> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

export const write = (
  path: string,
  entries: readonly ArchiveEntry[],
  options: Partial<WriteArchiveOptions> = {},
): Promise<ArchiveSummary> =>
  writeArchive({ path, entries: listed(entries), manifest: () => ({ project: 'havunadmin' }), ...options });

export const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
};

export const readEntry = (reader: ArchiveReader, name: string): Promise<Buffer> => collect(reader.read(name));

/** What a promise rejects with. */
export const rejection = async (promise: Promise<unknown>): Promise<Error & { code?: string; remedy?: string }> => {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
};

/** A folder for one test, removed after it. */
export const inTempFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'havun-archive-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
