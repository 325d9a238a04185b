import { ArchiveError, openArchive, type ArchiveReader } from '@havun/archive';
import { type HavunConfig, ProjectConfigurationError } from '@havun/config';
import type { ChosenBackup } from '@havun/domain';
import { backedUp, type BackedUp } from '@havun/sources';

export interface OpenedBackup {
  readonly archive: ArchiveReader;
  readonly details: BackedUp;
}

/**
 * Opens a fetched archive and makes sure that it is this backup: its manifest must be the one whose hash was recorded
 * when it was made. @throws ArchiveError, ProjectConfigurationError, NotThisBackup
 */
export async function openBackup(
  config: HavunConfig,
  project: string,
  {
    file,
    backup,
    signal,
  }: { file: string; backup: Pick<ChosenBackup, 'id' | 'name' | 'archive'>; signal: AbortSignal },
): Promise<OpenedBackup> {
  const password = backup.archive.encrypted ? passwordOf(config, project, backup.name) : undefined;
  const archive = await openArchive(file, { signal, ...(password !== undefined && { password }) });
  try {
    const { manifest, sha256 } = await archive.manifest();
    if (sha256 !== backup.archive.manifestSha256 || manifest.details['backup_name'] !== backup.name) {
      throw new NotThisBackup(file, backup.name, String(manifest.details['backup_name']));
    }
    const details = backedUp(manifest.details);
    if (!details) throw new ArchiveError('NO_MANIFEST', `The manifest of ${file} does not say how to restore it`);
    return { archive, details };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

function passwordOf(config: HavunConfig, project: string, backup: string): string {
  const password = config.projects[project]?.encryption.password?.reveal();
  if (password !== undefined) return password;
  throw new ProjectConfigurationError(
    'NO_ENCRYPTION_PASSWORD',
    `${backup} is encrypted, and the runner's configuration has no password for "${project}"`,
    `Set projects.${project}.encryption.password to the passphrase of the time when the backup was made.`,
  );
}

class NotThisBackup extends Error {
  readonly code = 'MANIFEST_MISMATCH';
  readonly retryable = false;
  readonly remedy =
    'Another archive was put in the place of this backup, perhaps an older one. Do not restore from it; take another backup, and look at who may write to that storage.';
  constructor(file: string, wanted: string, found: string) {
    super(
      `${file} is not the archive of ${wanted} that was recorded: its manifest is that of ${found}, or was changed`,
    );
    this.name = 'NotThisBackup';
  }
}
