// One JSON file for each restore, replaced atomically. It holds the planned moves and how far the restore has come.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { SourceError } from '../errors.js';
import { checkToken, isOurs } from './kept-name.js';
import { syncFolder } from './sync-disk.js';
import type { TreeJournal } from './trees.js';

/** A private folder that outlives the process, and the token of one restore. */
export interface JournalPlace {
  folder: string;
  token: string;
}

const ours = z.string().refine((path) => isOurs(basename(path)), 'is not a name that a restore makes');
const schema = z.object({
  version: z.literal(1),
  token: z.string(),
  state: z.enum(['open', 'switched', 'undone', 'confirmed']),
  moves: z.array(
    z
      .object({ staged: z.string().optional(), live: z.string(), kept: ours, replaces: z.boolean() })
      .transform(({ staged, ...move }) => ({ ...move, ...(staged !== undefined && { staged }) })),
  ),
  staging: z.array(ours),
});

/** Undefined where no live file was touched yet, or the restore was confirmed long ago. */
export async function readJournal(place: JournalPlace): Promise<TreeJournal | undefined> {
  const path = pathOf(place);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SourceError(unreadable(path), { cause });
  }
}

export async function writeJournal({ folder, token }: JournalPlace, journal: TreeJournal): Promise<void> {
  const path = pathOf({ folder, token });
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(journal, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  await syncFolder(folder);
}

export async function removeJournal(place: JournalPlace): Promise<void> {
  await rm(pathOf(place), { force: true });
  await syncFolder(dirname(pathOf(place)));
}

function pathOf({ folder, token }: JournalPlace): string {
  checkToken(token);
  return join(folder, `trees-${token}.json`);
}

const unreadable = (path: string) => ({
  code: 'RESTORE_UNDECIDED' as const,
  message: `the journal ${path} cannot be read, so it is not known which files are live`,
  remedy: 'Look for names with .before-restore- beside the restored paths: they are what was live before.',
  retryable: false,
  path,
});
