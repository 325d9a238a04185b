import { archiveFolder, hotFolder, isMonth, isYear } from '@havun/domain';
import { StorageError, type RemoteEntry, type StoragePort } from '@havun/storage';

/** What lies directly in one folder of a storage. */
export interface WalkedFolder {
  /** Absent for the base folder. */
  readonly project?: string;
  /** `base`, `project` and `archive` lead to the places of archives; `leaf` is one: `<project>/hot`, `<project>/archive/YYYY/MM`. */
  readonly kind: 'base' | 'project' | 'archive' | 'leaf';
  readonly entries: readonly RemoteEntry[];
  /** The folders among them that are walked, too, or need not be: those of other things in the base folder. */
  readonly isWalked: (entry: RemoteEntry) => boolean;
}

export interface WalkOptions {
  /** One project; else every folder of the base that looks like one. */
  readonly project?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Every folder of a storage that can have backups, from the base on. Whoever may write there chooses the names: folders that
 * the port would refuse are passed over. A missing folder has nothing in it, but a missing base folder is the storage's error.
 * @throws StorageError
 */
export async function* walkStorage(
  storage: StoragePort,
  { project: wanted, signal }: WalkOptions = {},
): AsyncGenerator<WalkedFolder, void> {
  const base = await storage.list('', { signal });
  yield { kind: 'base', entries: base, isWalked: ({ type }) => type === 'folder' };
  for (const { name, type } of base) {
    if (type !== 'folder' || !isListable(name) || (wanted !== undefined && name !== wanted)) continue;
    yield* walkProject(storage, name, signal);
  }
}

async function* walkProject(
  storage: StoragePort,
  project: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkedFolder, void> {
  const [hot, archive] = [hotFolder(project), archiveFolder(project)];
  const own = await listed(storage, project, signal);
  const isPlace = ({ type, path }: RemoteEntry): boolean => type === 'folder' && (path === hot || path === archive);
  if (!own.some(isPlace)) return;
  yield { project, kind: 'project', entries: own, isWalked: isPlace };
  yield leaf(project, await listed(storage, hot, signal));
  const isYearFolder = ({ type, name }: RemoteEntry): boolean => type === 'folder' && isYear(name);
  const isMonthFolder = ({ type, name }: RemoteEntry): boolean => type === 'folder' && isMonth(name);
  const years = await listed(storage, archive, signal);
  yield { project, kind: 'archive', entries: years, isWalked: isYearFolder };
  for (const year of years.filter(isYearFolder)) {
    const months = await listed(storage, `${archive}/${year.name}`, signal);
    yield { project, kind: 'archive', entries: months, isWalked: isMonthFolder };
    for (const month of months.filter(isMonthFolder)) {
      yield leaf(project, await listed(storage, `${archive}/${year.name}/${month.name}`, signal));
    }
  }
}

const leaf = (project: string, entries: readonly RemoteEntry[]): WalkedFolder => ({
  project,
  kind: 'leaf',
  entries,
  isWalked: () => false,
});

/** Whether a storage would list a folder of this name: a hostile or broken server may give any. */
const isListable = (name: string): boolean => !/[/\0-\x1f\x7f]/.test(name) && !['', '.', '..'].includes(name);

/** A folder that is not there has nothing in it. */
async function listed(
  storage: StoragePort,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly RemoteEntry[]> {
  try {
    return await storage.list(folder, { signal });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
}
