import { refused, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import type { BackupState } from './state.js';

interface Digest {
  readonly size: number;
  readonly sha256: string;
}

export const isThisArchive = (seen: Digest, archive: Digest): boolean =>
  seen.size === archive.size && seen.sha256 === archive.sha256;

/** Whoever read a copy says that it is verified. That is believed only where size and SHA-256 are those of the archive. */
export const notTheArchive = (
  { type, storage, path, size, sha256 }: Digest & { type: string; storage: string; path: string },
  archive: Digest,
): Failure => ({
  code: 'NOT_THE_ARCHIVE',
  message:
    `${type}: ${storage}:${path} was read back as ${size} bytes with SHA-256 ${sha256}, and the archive has ` +
    `${archive.size} bytes and ${archive.sha256}`,
  remedy: 'This copy is not what was made: do not restore from it. That it was called verified is a defect: report it.',
});

export const unknownCopy = ({ type, storage }: { type: string; storage: string }): Failure => ({
  code: 'UNKNOWN_COPY',
  message: `${type}: this backup has no copy in the storage "${storage}"`,
  remedy: 'The storages of a backup are fixed when it is requested. Run a new backup to use a new storage.',
});

export const outOfOrder = ({ type }: { type: string }, { status }: BackupState): Decision<never> =>
  refused({
    code: 'OUT_OF_ORDER',
    message: `${type} makes no sense for a backup that is ${status}`,
    remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
  });
