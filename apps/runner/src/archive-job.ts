import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openArchive, writeArchive, type ArchiveSummary, type ManifestDetails } from '@havun/archive';
import { checksumContent, checksumPath, hotArchivePath, type BackupEventData } from '@havun/domain';
import type { OpenSource, ProjectSource } from '@havun/sources';
import { partPath, type StoragePort } from '@havun/storage';
import { archiveFacts, manifestDetails, readDetails, type ManifestHead } from './manifest.js';

export interface ArchiveJob {
  readonly backupId: string;
  /** Counted from 1. Each attempt writes to its own name, so that one that was thought dead can't touch another's file. */
  readonly attempt: number;
  readonly head: ManifestHead;
  readonly source: ProjectSource;
  /** The local storage, and its folder on this machine. */
  readonly local: StoragePort;
  readonly localFolder: string;
  readonly password?: string;
  readonly compression: {
    readonly level?: number | undefined;
    readonly parallelism?: number | undefined;
    readonly nice?: boolean;
  };
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { doneBytes: number; totalBytes: number }) => void;
}

/** The facts of a new archive; the caller adds the duration. */
export type ArchiveFacts = Omit<BackupEventData<'ArchiveCreated'>, 'durationMs'>;

/**
 * Makes the archive of one backup in local hot storage, with its checksum beside it, and returns its facts. The final name appears
 * when everything is written and synced. A finished archive of an attempt that died is adopted; an unfinished one is made again.
 * @throws SourceError, ArchiveError, StorageError or ArchiveNameTaken; then no trace of this attempt is left.
 */
export async function makeArchive(job: ArchiveJob): Promise<ArchiveFacts> {
  const path = hotArchivePath(job.head.project, job.head.name);
  await removeUnfinished(job.local, path, job.backupId, job.attempt);
  const adopted = await adoptFinished(job, path);
  if (adopted) return adopted;
  const facts = await writeSettled(job, path);
  await writeChecksum(job, path, facts.sha256);
  return facts;
}

/** Removes the unfinished files of the first attempts of a backup. */
export async function removeUnfinished(
  local: StoragePort,
  path: string,
  backupId: string,
  attempts: number,
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    await local.remove(attemptPath(path, backupId, attempt));
    await local.remove(attemptPath(checksumPath(path), backupId, attempt));
  }
}

const attemptId = (backupId: string, attempt: number): string => `${backupId}-${attempt}`;
const attemptPath = (path: string, backupId: string, attempt: number): string =>
  partPath(path, attemptId(backupId, attempt));

/** How often an archive is begun where its source changes meanwhile, and the milliseconds between. */
const [tries, apartMs] = [3, 1_000];

/** A table that is dropped, or a folder that a deployment replaces, while it is read: a moment later the source is whole again. */
async function writeSettled(job: ArchiveJob, path: string): Promise<ArchiveFacts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeFresh(job, path);
    } catch (error) {
      job.signal.throwIfAborted();
      if (attempt === tries || !hasChangedMeanwhile(error)) throw error;
      await pause(apartMs, undefined, { signal: job.signal });
    }
  }
}

function hasChangedMeanwhile(error: unknown): boolean {
  const { code, retryable } = error as { code?: unknown; retryable?: unknown };
  return retryable === true && (code === 'DUMP_INCOMPLETE' || code === 'PATH_MISSING');
}

async function writeFresh(job: ArchiveJob, path: string): Promise<ArchiveFacts> {
  const part = attemptPath(path, job.backupId, job.attempt);
  const partFile = join(job.localFolder, part);
  const source = await job.source.open({ signal: job.signal });
  try {
    await mkdir(dirname(partFile), { recursive: true, mode: 0o700 });
    const summary = await write(job, partFile, source, () => manifestDetails(job.head, source.details()));
    await publish(job, part, path);
    return archiveFacts(path, summary, source.details());
  } finally {
    await source.close();
  }
}

/** Gives the finished file its final name. On a failure, removes it. */
async function publish(job: ArchiveJob, part: string, path: string): Promise<void> {
  try {
    await job.local.move(part, path, { signal: job.signal });
  } catch (error) {
    await job.local.remove(part);
    throw error;
  }
}

function write(
  job: ArchiveJob,
  path: string,
  source: OpenSource,
  manifest: () => ManifestDetails,
): Promise<ArchiveSummary> {
  const { level, parallelism, nice = false } = job.compression;
  return writeArchive({
    path,
    entries: source.entries(),
    manifest,
    nice,
    signal: job.signal,
    onProgress: ({ sourceBytes }) => {
      job.onProgress({ doneBytes: sourceBytes, totalBytes: source.estimate.bytes });
    },
    ...(job.password !== undefined && { password: job.password }),
    ...(level !== undefined && { level }),
    ...(parallelism !== undefined && { parallelism }),
  });
}

/**
 * The archive under the final name, if an earlier attempt of this backup finished it and every entry can be read back. Any other
 * file with this name is not ours to remove, whatever its state: then the run fails, and a person must look.
 */
async function adoptFinished(job: ArchiveJob, path: string): Promise<ArchiveFacts | undefined> {
  if (!(await job.local.stat(path))) return undefined;
  try {
    const facts = await readFinished(job, path);
    await writeChecksum(job, path, facts.sha256);
    return facts;
  } catch (error) {
    job.signal.throwIfAborted();
    throw new ArchiveNameTaken(path, error);
  }
}

class ArchiveNameTaken extends Error {
  readonly code = 'ARCHIVE_NAME_TAKEN';
  readonly retryable = false;
  readonly remedy =
    'Look at that file: it may be an older backup, or one that this machine damaged. Move it away if it is of no use. The next backup gets a name of its own.';
  constructor(path: string, cause: unknown) {
    super(`There is a file at ${path} that this backup can't take over: ${(cause as Error).message}`, { cause });
    this.name = 'ArchiveNameTaken';
  }
}

async function readFinished(job: ArchiveJob, path: string): Promise<ArchiveFacts> {
  const archive = await openArchive(join(job.localFolder, path), {
    signal: job.signal,
    ...(job.password !== undefined && { password: job.password }),
  });
  try {
    const { manifest } = await archive.manifest();
    const details = readDetails(manifest.details);
    if (details.backup_id !== job.backupId) throw new Error('it is the archive of another backup');
    const { manifestSha256, entries, bytes } = await archive.verify({ signal: job.signal });
    const { sha256, size } = await job.local.sha256(path, { signal: job.signal });
    const summary = {
      size,
      sha256,
      manifestSha256,
      entries,
      sourceBytes: bytes,
      encrypted: job.password !== undefined,
    };
    return { ...archiveFacts(path, summary, details), adopted: true };
  } finally {
    await archive.close();
  }
}

async function writeChecksum(job: ArchiveJob, path: string, sha256: string): Promise<void> {
  await job.local.putSmall(checksumPath(path), checksumContent(path, sha256), {
    signal: job.signal,
    partId: attemptId(job.backupId, job.attempt),
  });
}
