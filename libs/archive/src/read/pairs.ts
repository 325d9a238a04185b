/** Compares the archive's entries with the manifest's lines, pair by pair, in the archive's order. */
import { createHash } from 'node:crypto';
import { ArchiveError } from '../archive-error.js';
import { parseManifest } from '../manifest.js';
import { MANIFEST_NAME } from '../names.js';
import type { BackupManifest, ManifestEntry } from '../types.js';
import type { ArchivedEntry, ArchiveFile, Survey } from './archive-file.js';
import { checkListed, mismatch } from './check-entry.js';
import type { EntryReader } from './entry-reader.js';

/** An archive whose names were checked, with what is needed to read it. */
export interface OpenedArchive {
  file: ArchiveFile;
  reader: EntryReader;
  survey: Survey;
  password: string | undefined;
}

export const manifestOf = ({ file, survey }: OpenedArchive): ArchivedEntry => {
  if (survey.manifest) return survey.manifest;
  throw new ArchiveError('NO_MANIFEST', `${file.path} does not end with ${MANIFEST_NAME}`);
};

/** Authenticates the manifest and reads its head. The SHA-256 is that of the whole plaintext. */
export const readManifestHead = async (
  archive: OpenedArchive,
): Promise<{ manifest: BackupManifest; sha256: string }> => {
  const entry = manifestOf(archive);
  await archive.reader.authenticate(entry);
  const hash = createHash('sha256');
  let manifest: BackupManifest | undefined;
  for await (const part of parseManifest(hashed(archive.reader.stream(entry), (chunk) => hash.update(chunk)))) {
    if ('head' in part) manifest = part.head;
  }
  if (!manifest) throw new ArchiveError('NO_MANIFEST', `${MANIFEST_NAME} of ${archive.file.path} is empty`);
  return { manifest, sha256: hash.digest('hex') };
};

/** The manifest's lines, after its HMAC was checked. `onChunk` gets the plaintext as it is read. */
export async function* listedEntries(
  archive: OpenedArchive,
  onChunk: (chunk: Buffer) => void = () => undefined,
): AsyncGenerator<ManifestEntry, void> {
  const entry = manifestOf(archive);
  await archive.reader.authenticate(entry);
  for await (const part of parseManifest(hashed(archive.reader.stream(entry), onChunk))) {
    if ('entry' in part) yield part.entry;
  }
}

/** Pairs each entry with its line. Throws MANIFEST_MISMATCH at the first entry without one, and when lines are left over. */
export async function* pairedEntries(
  archive: OpenedArchive,
  onChunk?: (chunk: Buffer) => void,
): AsyncGenerator<{ archived: ArchivedEntry; listed: ManifestEntry }, void> {
  const encrypted = manifestOf(archive).encrypted;
  const lines = listedEntries(archive, onChunk);
  try {
    for await (const archived of archive.file.entries()) {
      if (archived.path === MANIFEST_NAME) continue;
      const line = await lines.next();
      const listed = checkListed(archived, line.done === true ? undefined : line.value);
      if (archived.encrypted !== (encrypted && archived.type === 'file')) {
        throw mismatch(`"${archived.path}" is not encrypted as the rest of the archive is`);
      }
      yield { archived, listed };
    }
    const left = await lines.next();
    if (left.done !== true) throw mismatch(`"${left.value.name}" is in the manifest and not in the archive`);
  } finally {
    await lines.return();
  }
}

/** Passes chunks on, and gives each to `update`. */
export async function* hashed(
  chunks: AsyncIterable<Buffer>,
  update: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    update(chunk);
    yield chunk;
  }
}
