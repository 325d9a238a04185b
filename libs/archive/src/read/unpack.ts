/** The work of threads for an archive that is being read: they read files from it, check them, and write them. */
import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, futimesSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError, ioError } from '../archive-error.js';
import { keyringOf } from '../crypto/entry-keys.js';
import type { ManifestEntry } from '../types.js';
import { ArchiveBytes } from './archive-bytes.js';
import type { ArchivedEntry } from './archive-file.js';
import { checkDigest } from './check-entry.js';
import { EntryReader } from './entry-reader.js';
import { sharedFileSource, type FileIdentity } from './file-source.js';
import { hashed } from './pairs.js';
import { watched } from './progress.js';
import { SparseFile } from './sparse-file.js';

export interface Pair {
  archived: ArchivedEntry;
  listed: ManifestEntry;
}

export interface UnpackJob {
  file: FileIdentity;
  password?: string;
  passwordProven: boolean;
  pairs: Pair[];
  /** The folder to write to; the folders of the files exist in it already. Without it, files are only checked. */
  to?: string;
  /** The mode bits that files get. Default: all. */
  modes?: number;
  /** See `Progress`. */
  progress: SharedArrayBuffer;
}

/** The entry's plaintext; throws at its end unless it is what the manifest lists. */
export async function* checkedPlain(reader: EntryReader, { archived, listed }: Pair): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  yield* hashed(reader.stream(archived), (chunk) => hash.update(chunk));
  if (listed.type !== 'directory') checkDigest(listed, hash.digest('hex'));
}

const writeFile = async (path: string, { mode, mtime }: ManifestEntry, plain: AsyncIterable<Buffer>): Promise<void> => {
  const file = openSync(path, 'wx', 0o600);
  try {
    const content = new SparseFile(file);
    for await (const chunk of plain) content.write(chunk);
    content.end();
    fchmodSync(file, mode);
    futimesSync(file, mtime, mtime);
  } finally {
    closeSync(file);
  }
};

/** Checks files, and writes them. None of them may be trusted before the whole archive was verified. */
export const unpackWith = async (
  reader: EntryReader,
  { pairs, to, modes = 0o7777, progress }: Pick<UnpackJob, 'pairs' | 'to' | 'modes' | 'progress'>,
): Promise<void> => {
  for (const pair of pairs) {
    const plain = watched(checkedPlain(reader, pair), progress);
    if (to === undefined) for await (const _ of plain);
    else await writeFile(join(to, pair.listed.name), { ...pair.listed, mode: pair.listed.mode & modes }, plain);
  }
};

/** The structured clone between threads turns Buffers into plain byte arrays. */
const withBuffers = ({ archived, listed }: Pair): Pair => ({
  listed,
  archived: {
    ...archived,
    name: Buffer.from(archived.name),
    extras: new Map([...archived.extras].map(([id, bytes]) => [id, Buffer.from(bytes)])),
  },
});

export const unpack = async (job: UnpackJob): Promise<void> => {
  const { file, password, passwordProven, to } = job;
  const bytes = new ArchiveBytes(sharedFileSource(file));
  const derive = password === undefined ? {} : { derive: (salt: Buffer) => keyringOf(password).derive(salt) };
  const reader = new EntryReader(bytes, { ...derive, passwordProven, alone: true });
  try {
    await unpackWith(reader, { ...job, pairs: job.pairs.map(withBuffers) });
  } catch (error) {
    throw error instanceof ArchiveError ? error : ioError(error, to ?? file.name);
  }
};
