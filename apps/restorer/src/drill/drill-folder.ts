import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { searchPath, type HavunConfig } from '@havun/config';
import { connectRestorer, removeLeftThrowAwayServer } from '@havun/databases';
import { removeTree } from '@havun/sources';
import { drillParents, drillServer } from '@havun/restore';

const ownName = /^drill-([0-9a-f-]{36})$/;
const importName = 'import.json';

const importSchema = z.object({ server: z.string(), database: z.string() });
/** A database that a drill creates on a configured server. */
export type ConfiguredImport = z.output<typeof importSchema>;

/** Makes the private folder of one drill. */
export async function makeDrillFolder(parent: string, drillId: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = join(parent, `drill-${drillId}`);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** The place of the server that was started for a drill, if there is one. */
export const serverFolder = (folder: string): string => join(folder, 'server');

/** Written to the folder before anything is created on that server, so that whoever finds the folder can remove it. */
export async function noteImport(folder: string, made: ConfiguredImport): Promise<void> {
  await writeFile(join(folder, importName), JSON.stringify(made), { mode: 0o600, flush: true });
}

/** The drills with a folder here: each is at work, or was killed. */
export async function drillsWithFolder(config: HavunConfig): Promise<string[]> {
  const names = await Promise.all(drillParents(config).map((parent) => readdir(parent).catch((): string[] => [])));
  return [...new Set(names.flat().flatMap((name) => ownName.exec(name)?.[1] ?? []))];
}

/** Removes what a killed drill has left: its server, its database and its folder. */
export async function removeLeftDrill(config: HavunConfig, drillId: string, scratch: string): Promise<void> {
  for (const parent of drillParents(config)) {
    const folder = join(parent, `drill-${drillId}`);
    if (await isThere(folder)) await removeLeft(config, folder, scratch);
  }
}

async function removeLeft(config: HavunConfig, folder: string, scratch: string): Promise<void> {
  await removeLeftThrowAwayServer(serverFolder(folder));
  const made = await notedImport(folder);
  if (made) {
    const server = await drillServer(config, made.server, { scratch });
    const restorer = connectRestorer({ server, root: folder }, { searchPath: searchPath(), tempDir: scratch });
    await restorer.drop(made.database);
  }
  await removeDrillFolder(folder);
}

async function notedImport(folder: string): Promise<ConfiguredImport | undefined> {
  const text = await readFile(join(folder, importName), 'utf8').catch(() => '');
  // A note that was cut off was never acted on.
  return text.endsWith('}') ? importSchema.parse(JSON.parse(text)) : undefined;
}

/** @throws where any of it is left */
export async function removeDrillFolder(folder: string): Promise<void> {
  await removeTree(folder);
  if (await isThere(folder)) throw new Error(`${folder} is still there after it was removed`);
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
