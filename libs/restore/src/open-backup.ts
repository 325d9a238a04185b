import { stat } from 'node:fs/promises';
import { ArchiveError, openArchive, type ArchiveReader, type ByteSource } from '@havun/archive';
import { type HavunConfig, ProjectConfigurationError } from '@havun/config';
import type { ChosenBackup } from '@havun/domain';
import { backedUp, type BackedUp } from '@havun/sources';

export interface OpenedBackup {
  readonly archive: ArchiveReader;
  readonly details: BackedUp;
}

/** What was recorded of a backup when it was made; its archive is compared with this. */
export type RecordedBackup = Pick<ChosenBackup, 'name' | 'archive'>;

export interface OpenBackupOptions {
  /** A file of this machine, or a copy read in its storage. It is closed with the archive, and where opening fails. */
  readonly from: string | ByteSource;
  readonly backup: RecordedBackup;
  readonly signal?: AbortSignal;
}

/**
 * Opens an archive and makes sure that it is this backup: it has the size and the manifest that were recorded when the backup was
 * made, and the backup's name. Of the archive's content, only the manifest is read. The caller closes it.
 * @throws ArchiveError, ProjectConfigurationError NO_ENCRYPTION_PASSWORD, NotThisBackup MANIFEST_MISMATCH
 */
export async function openBackup(
  config: HavunConfig,
  project: string,
  { from, backup, signal }: OpenBackupOptions,
): Promise<OpenedBackup> {
  const close = (): Promise<void> => (typeof from === 'string' ? Promise.resolve() : from.close());
  let password: string | undefined;
  try {
    password = encryptionPassword(config, project, backup);
    await compareSize(from, backup);
  } catch (error) {
    await close();
    throw error;
  }
  const archive = await openArchive(from, {
    ...(password !== undefined && { password }),
    ...(signal !== undefined && { signal }),
  });
  try {
    return { archive, details: await recordedDetails(archive, from, backup) };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function compareSize(from: string | ByteSource, { name, archive }: RecordedBackup): Promise<void> {
  // Where the size can't be read, opening the archive says why.
  const size = typeof from === 'string' ? (await stat(from).catch(() => undefined))?.size : from.size;
  if (size === undefined || size === archive.size) return;
  throw new NotThisBackup(nameOf(from), name, `it has ${size} bytes, and ${archive.size} were recorded`);
}

async function recordedDetails(
  archive: ArchiveReader,
  from: string | ByteSource,
  { name, archive: recorded }: RecordedBackup,
): Promise<BackedUp> {
  const { manifest, sha256 } = await archive.manifest();
  const found = manifest.details['backup_name'];
  if (found !== name) throw new NotThisBackup(nameOf(from), name, `its manifest is that of ${String(found)}`);
  if (sha256 !== recorded.manifestSha256) {
    throw new NotThisBackup(nameOf(from), name, 'its manifest is not the one that was recorded');
  }
  const details = backedUp(manifest.details);
  if (!details) throw new ArchiveError('NO_MANIFEST', `The manifest of ${nameOf(from)} does not say how to restore it`);
  return details;
}

const nameOf = (from: string | ByteSource): string => (typeof from === 'string' ? from : from.name);

/** Undefined for a backup that is not encrypted. @throws ProjectConfigurationError where its password is not configured */
export function encryptionPassword(
  config: HavunConfig,
  project: string,
  { name, archive }: RecordedBackup,
): string | undefined {
  if (!archive.encrypted) return undefined;
  const password = config.projects[project]?.encryption.password?.reveal();
  if (password !== undefined) return password;
  throw new ProjectConfigurationError(
    'NO_ENCRYPTION_PASSWORD',
    `${name} is encrypted, and the configuration of this machine has no password for "${project}"`,
    `Set projects.${project}.encryption.password to the passphrase of the time when the backup was made.`,
  );
}

class NotThisBackup extends Error {
  readonly code = 'MANIFEST_MISMATCH';
  readonly retryable = false;
  readonly remedy =
    'Another archive was put in the place of this backup, perhaps an older one, or it is damaged. Do not restore from it; take another backup, and look at who may write to that storage.';
  constructor(archive: string, wanted: string, difference: string) {
    super(`${archive} is not the archive of ${wanted} that was recorded: ${difference}`);
    this.name = 'NotThisBackup';
  }
}
