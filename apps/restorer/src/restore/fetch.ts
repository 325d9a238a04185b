import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { otherPlace, type ChosenBackup, type Failure } from '@havun/domain';
import { localStorageName, requireContent, StorageError, type Digest, type Storages } from '@havun/storage';

type Copy = ChosenBackup['copies'][number];

export interface FetchOptions {
  readonly backup: Pick<ChosenBackup, 'name' | 'archive'>;
  /** In the order in which they are tried. */
  readonly copies: readonly Copy[];
  readonly storages: Storages;
  /** The folder of the local storage on this machine. A copy there is read in place. */
  readonly localFolder: string;
  /** The target of a download. The leftovers of an earlier attempt there are removed first. */
  readonly to: string;
  readonly signal: AbortSignal;
  readonly onProgress: (copy: Copy, bytes: number) => void;
  /** Called with the fault of each rejected copy; `failure` describes an error. */
  readonly onRejected: (copy: Copy, failure: Failure) => Promise<void>;
  readonly failure: (error: unknown) => Failure;
}

export interface FetchedArchive extends Copy {
  /** On this machine, with the size and SHA-256 of the original archive. */
  readonly file: string;
}

/**
 * Brings the archive of a backup to this machine: the first of its copies that is identical to the original, byte for byte.
 * @throws NoUsableCopy when none is, the abort's reason when aborted
 */
export async function fetchArchive(options: FetchOptions): Promise<FetchedArchive> {
  const rejected: (Failure & { storage: string })[] = [];
  await rm(options.to, { force: true });
  for (const copy of options.copies) {
    try {
      return await fetchWhereItLies(copy, options);
    } catch (error) {
      options.signal.throwIfAborted();
      const failure = options.failure(error);
      rejected.push({ storage: copy.storage, ...failure });
      await options.onRejected(copy, failure);
    }
  }
  throw new NoUsableCopy(options.backup.name, rejected);
}

/** Retention may move the copy after it was looked up. */
async function fetchWhereItLies(copy: Copy, options: FetchOptions): Promise<FetchedArchive> {
  try {
    return await fetchCopy(copy, options);
  } catch (error) {
    const path = otherPlace(copy.path);
    if (!(error instanceof StorageError) || error.code !== 'NOT_FOUND' || path === undefined) throw error;
    return await fetchCopy({ ...copy, path }, options).catch((other: unknown) => {
      throw other instanceof StorageError && other.code === 'NOT_FOUND' ? error : other;
    });
  }
}

async function fetchCopy(copy: Copy, options: FetchOptions): Promise<FetchedArchive> {
  const { backup, localFolder, to } = options;
  const isLocal = copy.storage === localStorageName;
  const digest = await (isLocal ? hash(copy, options) : download(copy, options));
  try {
    requireContent(copy, digest, backup.archive);
  } catch (error) {
    if (!isLocal) await rm(to, { force: true });
    throw error;
  }
  return { ...copy, file: isLocal ? join(localFolder, copy.path) : to };
}

function hash({ storage, path }: Copy, { storages, signal, onProgress }: FetchOptions): Promise<Digest> {
  return storages.named(storage).sha256(path, {
    signal,
    onProgress: ({ bytes }) => {
      onProgress({ storage, path }, bytes);
    },
  });
}

async function download({ storage, path }: Copy, { storages, to, signal, onProgress }: FetchOptions): Promise<Digest> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  return storages.named(storage).download(path, to, {
    signal,
    onProgress: ({ bytes }) => {
      onProgress({ storage, path }, bytes);
    },
  });
}

/** The backup has no copy that can be restored. The message has the reason for each. */
export class NoUsableCopy extends Error {
  readonly code = 'NO_USABLE_COPY';
  readonly retryable = false;
  readonly remedy: string;
  constructor(name: string, rejected: readonly (Failure & { readonly storage: string })[]) {
    super(
      `No copy of ${name} can be used: ${rejected.map(({ storage, message }) => `${storage}: ${message}`).join('; ') || 'there is none'}`,
    );
    this.name = 'NoUsableCopy';
    this.remedy = [
      ...new Set(rejected.map(({ remedy }) => remedy)),
      'Take another backup: «havun backup:list» shows them.',
    ].join(' ');
  }
}
