import { randomUUID } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checksumPath, writeArchive, writeChecksumFile, type ArchiveSummary } from '@havun/archive';

export const passphrase = 'of the tests: é€';

export interface MadeBackup {
  readonly id: string;
  readonly summary: ArchiveSummary;
}

/** The settings of a backup that is made for a test. The rest is as a runner writes it. */
export interface BackupWish {
  readonly project?: string;
  readonly password?: string | undefined;
  /** What its manifest says instead of the truth. */
  readonly manifest?: Record<string, unknown>;
  readonly content?: string;
}

/** Makes a real archive at a path of its own, with its checksum beside it. */
export async function makeBackup(base: string, path: string, wish: BackupWish = {}): Promise<MadeBackup> {
  const { project = 'shop', manifest = {}, content = 'some content\n' } = wish;
  const password = 'password' in wish ? wish.password : passphrase;
  const file = join(base, path);
  await mkdir(dirname(file), { recursive: true });
  const id = randomUUID();
  const name = path.slice(path.lastIndexOf('/') + 1, -'.zip'.length);
  const summary = await writeArchive({
    path: file,
    ...(password !== undefined && { password }),
    entries: oneFile(content),
    manifest: () => ({
      project,
      backup_name: name,
      backup_id: id,
      created_at: '2025-11-21T02:00:03.000Z',
      databases: [{ name: 'shop', kind: 'mariadb', tables: [{ rows: 3 }, { rows: 4 }] }],
      ...manifest,
    }),
  });
  await writeChecksumFile(file, summary.sha256);
  return { id, summary };
}

/** Copies an archive and its checksum to another place, or another storage. */
export async function copyBackup(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
  await cp(checksumPath(from), checksumPath(to));
}

async function* oneFile(content: string) {
  yield await Promise.resolve({
    type: 'file' as const,
    name: 'files/a.txt',
    mode: 0o644,
    mtime: new Date(0),
    async *open() {
      yield await Promise.resolve(Buffer.from(content));
    },
  });
}
