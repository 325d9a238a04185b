// Which names a restore puts into the folder that a person has named: written down before the first of them is moved, so that
// the next attempt knows what its predecessor put there, and takes nobody else's for its own.
import type { ExtractSummary } from '@havun/archive';
import { lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { checkToken } from './kept-name.js';
import type { JournalPlace } from './journal.js';
import { realPlaceOf } from './own-folder.js';
import { removeTree } from './remove-tree.js';
import { syncBelow, syncFolder } from './sync-disk.js';

/** Where the content is until it is complete. */
export const UNFINISHED = '.havun-restore-unfinished';

const schema = z.object({
  version: z.literal(1),
  folder: z.string(),
  /** Device and inode by name. */
  names: z.record(z.string(), z.string()),
  summary: z.object({
    entries: z.number(),
    bytes: z.number(),
    manifestSha256: z.string(),
    skippedLinks: z.array(z.object({ name: z.string(), target: z.string() })),
    setIdsDropped: z.number().default(0),
  }),
});
type Placement = z.output<typeof schema>;

/** What an earlier attempt of this restore meant to put into `folder`, where it came so far. */
export async function readPlacement(place: JournalPlace, folder: string): Promise<Placement | undefined> {
  const text = await readFile(pathOf(place), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const found = schema.parse(JSON.parse(text));
  return found.folder === (await realPlaceOf(folder)) ? found : undefined;
}

/** Whether all of it lies in the folder or is ready in it, as the earlier attempt left it, and nothing else. */
export async function isPlaced(placement: Placement, folder: string): Promise<boolean> {
  const present: string[] = await readdir(folder).catch(() => []);
  if (present.some((name) => name !== UNFINISHED && placement.names[name] === undefined)) return false;
  for (const [name, identity] of Object.entries(placement.names)) {
    const at = present.includes(name) ? join(folder, name) : join(folder, UNFINISHED, name);
    if ((await identityOf(at)) !== identity) return false;
  }
  return true;
}

/** Moves the complete content to its place. What was moved before an error is removed by `removePlaced`. */
export async function placeAll(
  place: JournalPlace,
  folder: string,
  summary: ExtractSummary,
  onStep?: () => Promise<void>,
): Promise<void> {
  const names: Record<string, string> = {};
  for (const name of await readdir(join(folder, UNFINISHED)))
    names[name] = (await identityOf(join(folder, UNFINISHED, name))) ?? '';
  await syncBelow(join(folder, UNFINISHED));
  await write(place, { version: 1, folder, names, summary });
  await goOn(folder, onStep);
}

/** Moves what is still to be moved. */
export async function goOn(folder: string, onStep: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const unfinished = join(folder, UNFINISHED);
  const waiting = await readdir(unfinished).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  for (const name of waiting) {
    await onStep();
    await rename(join(unfinished, name), join(folder, name));
  }
  await onStep();
  await removeTree(unfinished);
  await syncFolder(folder);
}

/** Removes what an attempt has put into the folder, and nothing else. */
export async function removePlaced(place: JournalPlace, to: string): Promise<void> {
  const folder = await realPlaceOf(to);
  const placement = await readPlacement(place, folder);
  for (const [name, identity] of Object.entries(placement?.names ?? {}))
    if ((await identityOf(join(folder, name))) === identity) await removeTree(join(folder, name));
  if (placement) await removeTree(join(folder, UNFINISHED));
  await rm(pathOf(place), { force: true });
}

async function identityOf(path: string): Promise<string | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

async function write(place: JournalPlace, placement: Placement): Promise<void> {
  const path = pathOf(place);
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(placement));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  await syncFolder(dirname(path));
}

function pathOf({ folder, token }: JournalPlace): string {
  checkToken(token);
  return join(folder, `placement-${token}.json`);
}
