import type { ArchiveReader, ExtractSummary, ManifestEntry, ReadProgress } from '@havun/archive';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../errors.js';
import { projectType } from '../projects/project-types.js';
import { entryOf } from './archived-entry.js';
import { isInside } from './live-place.js';
import { foreignFolder, realPlaceOf } from './own-folder.js';
import type { JournalPlace } from './journal.js';
import { goOn, isPlaced, placeAll, readPlacement, removePlaced, UNFINISHED } from './placement.js';
import { RawNames } from './raw-names.js';
import { removeTree } from './remove-tree.js';
import { restoreFailure } from './restore-failure.js';
import { isSelected, selectedFiles, type RestoreSelection } from './selection.js';
import type { BackedUp } from './trees.js';

export interface ExtractToOptions {
  details: BackedUp;
  selection: RestoreSelection;
  /** Private, and of this restore alone: it tells a later attempt what this one has put into the folder. */
  journal: JournalPlace;
  signal?: AbortSignal;
  onProgress?: (progress: ReadProgress) => void;
  /** Called before each move of complete content, for tests that die there. */
  onStep?: () => Promise<void>;
}

/**
 * The archive's content as it is in the archive, without its manifest, in a folder that does not exist yet or is empty; what a killed
 * attempt left there is removed, or gone on with where all was extracted. Links that lead out of the folder are left out and told.
 * On any error or abort nothing is left.
 * @throws SourceError FOLDER_NOT_EMPTY, FOLDER_NOT_OURS, NOTHING_SELECTED, DISK_FULL, RESTORE_FAILED; ArchiveError.
 */
export async function extractTo(
  archive: ArchiveReader,
  to: string,
  options: ExtractToOptions,
): Promise<ExtractSummary> {
  const { journal, signal, onProgress } = options;
  await throwForeign(to);
  const folder = await realPlaceOf(to);
  const placement = await readPlacement(journal, folder);
  if (placement && (await isPlaced(placement, folder))) {
    await goOn(folder).catch((error: unknown) => {
      throw restoreFailure(error, `the backup could not be put into ${folder}`);
    });
    return placement.summary;
  }
  const wasMade = await makeFolder(folder);
  const unfinished = join(folder, UNFINISHED);
  try {
    const names = new RawNames();
    const isWanted = await entrySelector(options, () => archive.manifestEntries());
    const summary = await archive.extract(unfinished, {
      only: (entry) => {
        if (!isWanted(entry)) return false;
        const [top = '', ...below] = entry.name.split('/');
        names.note(entry, top, below.join('/'));
        return true;
      },
      unsafeLinks: 'skip',
      // Everything belongs to this user here, and what a site's user has put there must not run as this one.
      setIds: 'drop',
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    if (summary.entries === 0) throw new SourceError(nothingSelected);
    await names.restore(unfinished);
    await placeAll(journal, folder, summary, options.onStep);
    return summary;
  } catch (error) {
    await removePlaced(journal, folder);
    await removeTree(unfinished);
    if (wasMade) await removeTree(folder);
    throw signal?.aborted === true ? error : restoreFailure(error, `the backup could not be extracted to ${folder}`);
  }
}

/** Whether the selection includes an entry of the archive. @throws SourceError PATTERN_NEGATED */
export async function entrySelector(
  { details, selection }: Pick<ExtractToOptions, 'details' | 'selection'>,
  entries: () => AsyncIterable<ManifestEntry>,
) {
  const type = projectType(details.type);
  const databases = details.include.filter(({ kind }) => kind === 'json-database').map(({ path }) => path);
  const files = await selectedFiles(selection.files, type, entries);
  return ({ name }: Pick<ManifestEntry, 'name'>): boolean => {
    const entry = entryOf(type, name);
    if (entry.is === 'dump') return selection.database;
    if (entry.is === 'env') return selection.config;
    if (entry.is !== 'file') return false;
    if (entry.path === '.env') return selection.config;
    const isDatabase = databases.some((path) => isInside(path, entry.path));
    if (isDatabase && selection.database) return true;
    return isSelected(files, entry.path) && !(isDatabase && selection.files === 'all');
  };
}

async function throwForeign(folder: string): Promise<void> {
  const foreign = await foreignFolder(folder);
  if (foreign) throw new SourceError(foreign);
}

/** @returns whether it was made. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw restoreFailure(error, `${folder} could not be made`);
  }
  // Somebody else may have made it since, or a link there.
  await throwForeign(folder);
  if ((await realPlaceOf(folder)) !== folder) throw new SourceError(notEmpty(folder));
  const names = await readdir(folder).catch((error: unknown) => {
    throw restoreFailure(error, `${folder} cannot be used`);
  });
  if (names.some((name) => name !== UNFINISHED)) throw new SourceError(notEmpty(folder));
  await removeTree(join(folder, UNFINISHED));
  return false;
}

export const notEmpty = (path: string) => ({
  code: 'FOLDER_NOT_EMPTY' as const,
  message: `${path} is not empty`,
  remedy: 'Name a folder that does not exist yet, or empty it.',
  retryable: false,
  path,
});

export const nothingSelected = {
  code: 'NOTHING_SELECTED' as const,
  message: 'the backup holds nothing of what was selected',
  remedy: 'List what the backup holds, and select again.',
  retryable: false,
};
