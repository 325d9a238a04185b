import { ArchiveError } from '../archive-error.js';
import type { ManifestEntry } from '../types.js';
import type { ArchivedEntry } from './archive-file.js';

export const mismatch = (message: string): ArchiveError => new ArchiveError('MANIFEST_MISMATCH', message);

/** Time in seconds, where the archive can express it: outside 1901-2038 only the manifest has it. */
const sameTime = (archived: ArchivedEntry, listed: ManifestEntry): boolean => {
  const seconds = Math.floor(listed.mtime.getTime() / 1000);
  return Math.abs(seconds) >= 2 ** 31 || archived.mtime.getTime() === seconds * 1000;
};

/** Throws MANIFEST_MISMATCH unless directory and manifest agree on an entry. */
export const checkListed = (archived: ArchivedEntry, listed: ManifestEntry | undefined): ManifestEntry => {
  const { path } = archived;
  if (!listed) throw mismatch(`"${path}" is in the archive and not in the manifest`);
  if (listed.name !== path) throw mismatch(`the archive has "${path}" where the manifest has "${listed.name}"`);
  const same =
    listed.type === archived.type &&
    listed.size === archived.plain &&
    listed.mode === archived.mode &&
    sameTime(archived, listed);
  if (!same) throw mismatch(`kind, size, mode or time of "${path}" differ from the manifest`);
  return listed;
};

/** Throws MANIFEST_MISMATCH unless the plaintext is the one that the manifest lists. */
export const checkDigest = (listed: ManifestEntry, sha256: string): void => {
  if (listed.sha256 !== sha256) throw mismatch(`the content of "${listed.name}" is not what the manifest lists`);
};
