import type { ManifestEntry } from '@havun/archive';
import { access, constants, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SourceProblem } from '../errors.js';
import { notWritable } from './check-items.js';
import { entrySelector, notEmpty, nothingSelected, type ExtractToOptions } from './extract-to.js';
import { statsOf } from './live-place.js';
import type { JournalPlace } from './journal.js';
import { foreignFolder } from './own-folder.js';
import { isPlaced, readPlacement, UNFINISHED } from './placement.js';
import { collecting } from './planning.js';

/** What `extractTo` would write to a folder. */
export interface ExtractionPlan {
  files: number;
  /** Plaintext. */
  bytes: number;
  /** Everything that would make `extractTo` fail, except for lack of space. */
  problems: SourceProblem[];
}

/** Reads the folder and the manifest, and writes nothing. */
export async function planExtraction(
  entries: () => AsyncIterable<ManifestEntry>,
  folder: string,
  {
    details,
    selection,
    journal,
    signal,
  }: Omit<ExtractToOptions, 'onProgress' | 'onStep' | 'journal'> & { journal?: JournalPlace | undefined },
): Promise<ExtractionPlan> {
  const problems: SourceProblem[] = [];
  const isWanted = await collecting(problems, () => entrySelector({ details, selection }, entries));
  let [wanted, files, bytes] = [0, 0, 0];
  for await (const entry of isWanted ? entries() : []) {
    signal?.throwIfAborted();
    if (isWanted?.(entry) !== true) continue;
    wanted += 1;
    if (entry.type !== 'file') continue;
    files += 1;
    bytes += entry.size;
  }
  if (isWanted && wanted === 0) problems.push(nothingSelected);
  const found = await collecting(problems, () => folderProblem(folder, journal));
  if (found) problems.push(found);
  return { files, bytes, problems };
}

async function folderProblem(folder: string, journal: JournalPlace | undefined): Promise<SourceProblem | undefined> {
  if ((await statsOf(folder)) === undefined) {
    const parent = dirname(folder);
    const above = await stat(parent).catch(() => undefined);
    return above?.isDirectory() ? writeProblem(parent) : parentMissing(folder, parent);
  }
  // A link whose target is missing exists, but nothing can be written to it.
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) return notAFolder(folder);
  const names = await readdir(folder).catch(() => undefined);
  const isEmpty = names?.every((name) => name === UNFINISHED) ?? true;
  const placement = isEmpty ? undefined : journal && (await readPlacement(journal, folder));
  if (!isEmpty && !(placement && (await isPlaced(placement, folder)))) return notEmpty(folder);
  return writeProblem(folder);
}

const writeProblem = (folder: string): Promise<SourceProblem | undefined> =>
  access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => foreignFolder(folder),
    (error: unknown) => notWritable(folder, (error as NodeJS.ErrnoException).code ?? 'unknown error'),
  );

const parentMissing = (folder: string, parent: string): SourceProblem => ({
  code: 'PATH_MISSING',
  message: `there is no folder ${parent}, in which ${folder} is to be made`,
  remedy: `Make it with «mkdir -p ${parent}», or name another folder.`,
  retryable: false,
  path: parent,
});

const notAFolder = (folder: string): SourceProblem => ({
  code: 'NOT_A_FOLDER',
  message: `${folder} is there, and is no folder`,
  remedy: 'Name a folder that does not exist yet, or is empty.',
  retryable: false,
  path: folder,
});
