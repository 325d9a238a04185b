import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@havun/test-servers';
import { havun, type Answer, type HavunOptions } from './havun.js';

/** A section of `havun.yaml`. */
export type Settings = Record<string, unknown>;

/** One machine with HavunCore on it: a folder with a `havun.yaml`, its data, its backups and its project. */
export interface Site {
  readonly folder: string;
  readonly dataDir: string;
  /** The folder of the project to back up. */
  readonly root: string;
  /** Where local hot storage is. */
  readonly backups: string;
  /** Writes `havun.yaml`: text as it is, settings as JSON, for every JSON document is YAML. */
  configure(content: string | Settings): Promise<void>;
  /** Runs a command in the site's folder, unless told otherwise. */
  havun(args: readonly string[], options?: Partial<HavunOptions>): Promise<Answer>;
  remove(): Promise<void>;
}

export async function makeSite(): Promise<Site> {
  const { path: folder, remove } = await temporaryFolder('havun-e2e-');
  const [root, backups] = [join(folder, 'site'), join(folder, 'backups')];
  await Promise.all([mkdir(root), mkdir(backups)]);
  return {
    folder,
    dataDir: join(folder, 'data'),
    root,
    backups,
    configure: (content) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
      return writeFile(join(folder, 'havun.yaml'), text, { mode: 0o600 });
    },
    havun: (args, options) => havun(args, { cwd: folder, ...options }),
    remove,
  };
}

/** The SHA-256 of every file under a folder, by its path in there. */
export async function hashesUnder(folder: string): Promise<Record<string, string>> {
  const files = await filesUnder(folder);
  const hashes = await Promise.all(
    files.map(async (file) => [file, sha256(await readFile(join(folder, file)))] as const),
  );
  return Object.fromEntries(hashes);
}

/** The path of every file under a folder, relative to it. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
