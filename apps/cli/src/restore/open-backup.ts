import { openArchive, type ArchiveReader } from '@havun/archive';
import type { HavunConfig } from '@havun/config';
import { failureOf, type ChosenBackup, type Failure } from '@havun/domain';
import { backedUp, type BackedUp } from '@havun/sources';
import { localStorageName, type StoragePort, type Storages } from '@havun/storage';
import { storedSource } from '@havun/restore';

/** A backup that is open for a look, where it lies: nothing is fetched but what is read. */
export interface OpenedBackup {
  readonly storage: string;
  readonly archive: ArchiveReader;
  readonly details: BackedUp;
}

export interface Attempts {
  /** Absent where no copy could be opened. */
  readonly opened?: OpenedBackup;
  /** Why the copies before it could not. */
  readonly rejected: readonly (Failure & { readonly storage: string })[];
}

/** Opens the first copy that can be read from this machine and is the backup that was recorded. The caller closes it. */
export async function openBackup(
  { config, storages }: { config: HavunConfig; storages: Storages },
  project: string,
  backup: ChosenBackup,
): Promise<Attempts> {
  const rejected: (Failure & { storage: string })[] = [];
  const isHere = config.projects[project]?.host === config.host;
  for (const { storage, path } of backup.copies) {
    if (storage === localStorageName && !isHere) continue;
    try {
      const opened = await openCopy({ config, project, backup }, storages.named(storage), path);
      return { opened: { storage, ...opened }, rejected };
    } catch (error) {
      rejected.push({ storage, ...failureOf(error) });
    }
  }
  return { rejected };
}

interface Wanted {
  readonly config: HavunConfig;
  readonly project: string;
  readonly backup: ChosenBackup;
}

async function openCopy(
  { config, project, backup }: Wanted,
  storage: StoragePort,
  path: string,
): Promise<Omit<OpenedBackup, 'storage'>> {
  const password = backup.archive.encrypted ? passwordOf(config, project, backup.name) : undefined;
  const source = await storedSource(storage, path);
  const name = source.name;
  const archive = await openArchive(source, { ...(password !== undefined && { password }) });
  try {
    const { manifest, sha256 } = await archive.manifest();
    if (source.size !== backup.archive.size || sha256 !== backup.archive.manifestSha256) throw new NotThisBackup(name);
    const details = backedUp(manifest.details);
    if (!details) throw new NotThisBackup(name);
    return { archive, details };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

function passwordOf(config: HavunConfig, project: string, backup: string): string {
  const password = config.projects[project]?.encryption.password?.reveal();
  if (password === undefined) throw new NoPassword(project, backup);
  return password;
}

class NoPassword extends Error {
  readonly code = 'NO_ENCRYPTION_PASSWORD';
  readonly retryable = false;
  readonly remedy: string;
  constructor(project: string, backup: string) {
    super(`${backup} is encrypted, and the configuration has no password for "${project}"`);
    this.name = 'NoPassword';
    this.remedy = `Set projects.${project}.encryption.password to the passphrase of the time when the backup was made.`;
  }
}

class NotThisBackup extends Error {
  readonly code = 'MANIFEST_MISMATCH';
  readonly retryable = false;
  readonly remedy =
    'Another archive was put in its place, perhaps an older one. Take another backup, and look at who may write to that storage.';
  constructor(name: string) {
    super(`${name} is not the archive that was recorded: its size or its manifest is another`);
    this.name = 'NotThisBackup';
  }
}
