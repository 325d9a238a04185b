import { ArchiveError, ioError, throwIfAborted } from '../archive-error.js';
import { deriveKeys } from '../crypto/winzip-aes.js';
import type { ArchiveReader, ByteSource, EntryInfo, OpenArchiveOptions, VerifySummary } from '../types.js';
import { ArchiveFile } from './archive-file.js';
import { EntryReader } from './entry-reader.js';
import { extractArchive } from './extract.js';
import { listedEntries, manifestOf, pairedEntries, readManifestHead, type OpenedArchive } from './pairs.js';
import { checkedPlain } from './unpack.js';
import { walk } from './walk.js';

async function* infos(archive: OpenedArchive): AsyncGenerator<EntryInfo, void> {
  for await (const entry of archive.file.entries()) {
    const { path: name, type, mode, mtime, plain: size, compressed: compressedSize, encrypted } = entry;
    yield { name, type, mode, mtime, size, compressedSize, encrypted };
  }
}

/** Reads one entry: checks its HMAC first, and its SHA-256 against the manifest at the end. */
async function* readOne(archive: OpenedArchive, name: string): AsyncGenerator<Uint8Array, void> {
  for await (const { archived, listed } of pairedEntries(archive)) {
    if (listed.name !== name) continue;
    await archive.reader.authenticate(archived);
    // A copy, as the caller may keep it.
    for await (const chunk of checkedPlain(archive.reader, { archived, listed })) yield Buffer.from(chunk);
    return;
  }
  throw new ArchiveError('ENTRY_NOT_FOUND', `${archive.file.path} holds no "${name}"`);
}

const verifyArchive = (
  archive: OpenedArchive,
  { signal, onProgress }: Parameters<ArchiveReader['verify']>[0] = {},
): Promise<VerifySummary> =>
  walk(archive, {
    prepare: () => Promise.resolve(),
    visit: () => undefined,
    select: () => true,
    signal,
    onProgress,
  });

/** With a password, an archive that is not encrypted is refused: anyone could have put it there instead of the real one. */
const checkEncryption = (archive: OpenedArchive, password: string | undefined): void => {
  if (password === undefined || manifestOf(archive).encrypted) return;
  throw new ArchiveError('WRONG_PASSWORD', `${archive.file.path} is not encrypted, though a password was given`, {
    remedy: 'If this backup was made before encryption was configured, open it without a password.',
  });
};

/**
 * Opens an archive that this library wrote, for random access. It checks the names of the central directory here: an archive is
 * refused if it is cut off, if its directory is damaged, or if it holds a name twice or a name that leaves its folder. A source
 * other than a path belongs to the reader: it is closed with the reader, and when opening fails.
 */
export const openArchive = async (
  source: string | ByteSource,
  options: OpenArchiveOptions = {},
): Promise<ArchiveReader> => {
  const file = await ArchiveFile.open(source);
  try {
    throwIfAborted(options.signal, `opening ${file.path}`);
    const survey = await file.survey();
    const { password } = options;
    const derive = password === undefined ? {} : { derive: (salt: Buffer) => deriveKeys(password, salt) };
    const archive = { file, survey, password, reader: new EntryReader(file.bytes, derive) };
    if (survey.manifest) checkEncryption(archive, password);
    return readerOf(archive, options.signal, () => file.close());
  } catch (error) {
    await file.close();
    throw ioError(error, file.path);
  }
};

const readerOf = (
  archive: OpenedArchive,
  opened: AbortSignal | undefined,
  close: () => Promise<void>,
): ArchiveReader => {
  const signalOf = (own: AbortSignal | undefined): { signal?: AbortSignal } => {
    const signals = [opened, own].filter((signal) => signal !== undefined);
    return signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
  };
  return {
    entries: () => infos(archive),
    manifest: () => readManifestHead(archive),
    manifestEntries: () => listedEntries(archive),
    read: (name) => readOne(archive, name),
    extract: (to, options = {}) => extractArchive(archive, to, { ...options, ...signalOf(options.signal) }),
    verify: (options = {}) => verifyArchive(archive, { ...options, ...signalOf(options.signal) }),
    close,
  };
};
