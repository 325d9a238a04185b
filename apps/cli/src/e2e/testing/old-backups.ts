import { randomUUID } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checksumPath, openArchive, writeArchive, writeChecksumFile, type ManifestDetails } from '@havun/archive';

/** An archive that was made for real, and from which others are made that look older. */
export interface Model {
  readonly file: string;
  readonly project: string;
}

/**
 * Puts a backup of a past night into each storage, as a runner of that time would have made it, with one file of its own.
 * @param day `2019-05-15`, in UTC
 * @returns its name
 */
export async function makeOldBackup(model: Model, day: string, storages: readonly string[]): Promise<string> {
  const name = `${day}-03-00-00-${model.project}`;
  const path = `${model.project}/hot/${name}.zip`;
  const [first = '', ...others] = storages.map((base) => join(base, path));
  await mkdir(dirname(first), { recursive: true });
  const details = await detailsOf(model.file);
  const { sha256 } = await writeArchive({
    path: first,
    entries: oneFile(`export const made = '${day}';\n`),
    manifest: () => ({
      ...details,
      backup_name: name,
      backup_id: randomUUID(),
      timestamp: name.slice(0, 'yyyy-mm-dd-hh-mm-ss'.length),
      created_at: `${day}T03:00:01.000Z`,
      trigger: 'schedule',
    }),
  });
  await writeChecksumFile(first, sha256);
  for (const other of others) {
    await mkdir(dirname(other), { recursive: true });
    await cp(first, other);
    await cp(checksumPath(first), checksumPath(other));
  }
  return name;
}

async function detailsOf(file: string): Promise<ManifestDetails> {
  const archive = await openArchive(file);
  try {
    return (await archive.manifest()).manifest.details;
  } finally {
    await archive.close();
  }
}

async function* oneFile(content: string) {
  yield await Promise.resolve({
    type: 'file' as const,
    name: 'files/index.js',
    mode: 0o644,
    mtime: new Date(0),
    async *open() {
      yield await Promise.resolve(Buffer.from(content));
    },
  });
}
