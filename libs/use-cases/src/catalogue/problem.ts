import { failureOf, type Failure } from '@havun/domain';
import { plural } from '../figures.js';

/** Something that prevents a backup, or one copy of it, from being recorded. */
export interface Problem extends Failure {
  readonly project?: string;
  readonly backup?: string;
  readonly storage?: string;
  readonly path?: string;
}

/** Where it was found. */
export type Where = Pick<Problem, 'project' | 'backup' | 'storage' | 'path'>;

export const problemOf = (where: Where, error: unknown): Problem => ({ ...where, ...failureOf(error) });

const asCreated =
  'Find out what it is: open it as docs/how-to/recover-without-havun.md says. If it is whole, write its checksum beside it (sha256sum NAME.zip > NAME.zip.sha256), and run this again.';

/** The known problems, beyond those that the storages and the archive reader report. */
export const problems = {
  noChecksum: (where: Where, path: string): Problem => ({
    ...where,
    code: 'NO_CHECKSUM',
    message: `${path} has no checksum beside it: it may be an upload that was cut off, or somebody put it there`,
    remedy: asCreated,
  }),
  noArchive: (where: Where, path: string): Problem => ({
    ...where,
    code: 'ARCHIVE_MISSING',
    message: `${path} is the checksum of an archive that is not there`,
    remedy: 'Bring the archive back from another storage, or remove the checksum if the backup was deleted on purpose.',
  }),
  otherChecksum: (where: Where, sha256: string): Problem => ({
    ...where,
    code: 'CHECKSUM_MISMATCH',
    message: `The checksum file beside the copy says ${sha256}, which is not the archive that was made`,
    remedy: 'Another archive was put in its place. Do not restore from it; replace it by a good copy.',
  }),
  copyMissing: (where: Where, path: string): Problem => ({
    ...where,
    code: 'COPY_MISSING',
    message: `${path} is not there any more, and the log knows it as a copy of this backup`,
    remedy:
      'Find out who removed it. What other copies there are says «havun backup:list»; where there is none, make a new backup.',
  }),
  copiesDiffer: (where: Where, copies: readonly string[]): Problem => ({
    ...where,
    code: 'COPIES_DIFFER',
    message: `The checksums of the copies are not the same: ${copies.join(', ')}`,
    remedy:
      'One of them is another archive. Compare with the SHA-256 that was written down when it was made (backup_logs, or the mail); move the other away.',
  }),
  otherSize: (where: Where, size: number, expected: number): Problem => ({
    ...where,
    code: 'SIZE_MISMATCH',
    message: `The copy has ${size} bytes, and the archive has ${expected}`,
    remedy: 'It is cut off, or another archive was put in its place. Replace it by the good copy.',
  }),
  otherContent: (where: Where, difference: string): Problem => ({
    ...where,
    code: 'CHECKSUM_MISMATCH',
    message: `The copy is not what its checksum file says: ${difference}`,
    remedy: 'It is damaged, or another archive was put in its place. Replace it by a good copy.',
  }),
  foreignName: (where: Where, path: string): Problem => ({
    ...where,
    code: 'FOREIGN_FILE',
    message: `${path} does not have the name of a backup of this project`,
    remedy: 'If it is a backup, give it the name that its manifest says; else move it out of the storage.',
  }),
  foreignArchive: (where: Where, said: string): Problem => ({
    ...where,
    code: 'FOREIGN_ARCHIVE',
    message: `By its manifest it is the archive of ${said}`,
    remedy: 'Somebody renamed or moved it. Give it its own name and folder back, with a checksum file of that name.',
  }),
  unknownProject: (project: string, archives: number, storages: readonly string[]): Problem => ({
    project,
    code: 'UNKNOWN_PROJECT',
    message: `${project} is not in the configuration, and has ${plural(archives, 'archive')} in ${storages.join(', ')}`,
    remedy: `Add projects.${project} to havun.yaml, with the passphrase of its archives, to have them recorded (with enabled: false if it is no longer backed up).`,
  }),
} as const;
