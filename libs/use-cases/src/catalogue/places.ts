import { checksumPath, placeOfPath } from '@havun/domain';
import { localStorageName, StorageError, type RemoteEntry, type StoragePort } from '@havun/storage';
import { problemOf, problems, type Problem } from './problem.js';
import { walkStorage } from './walk-storage.js';

/** A file as a storage lists it. */
export interface StoredFile {
  readonly storage: string;
  readonly path: string;
  readonly size: number;
}

/** The files with the name of one backup in all storages, the nearest storage first. */
export interface Candidate {
  readonly project: string;
  readonly name: string;
  readonly archives: StoredFile[];
  readonly checksums: StoredFile[];
}

export interface Places {
  /** By name. */
  readonly candidates: readonly Candidate[];
  readonly problems: readonly Problem[];
  /** The storages that could be listed. */
  readonly listed: readonly string[];
}

/**
 * Lists the backups in every storage: `<project>/hot` and `<project>/archive/YYYY/MM`. A storage that can't be listed is a
 * problem, and the others are listed all the same. Skips unfinished uploads.
 * @param wanted one project; otherwise every project in the storages
 */
export async function findPlaces(storages: readonly StoragePort[], wanted?: string): Promise<Places> {
  const gathered = new Gathered();
  const listings = await Promise.all(storages.map((storage) => listStorage(storage, wanted)));
  for (const { files, problems: found } of listings) {
    found.forEach((problem) => gathered.problems.push(problem));
    files.forEach((file) => {
      gathered.add(file);
    });
  }
  const listed = listings.flatMap(({ problems: found }, index) =>
    found.length === 0 ? (storages[index]?.name ?? []) : [],
  );
  return { candidates: gathered.candidates(), problems: gathered.problems, listed };
}

type ProjectFile = StoredFile & { readonly project: string };

const archiveSuffix = '.zip';
const checksumSuffix = checksumPath(archiveSuffix);

class Gathered {
  readonly problems: Problem[] = [];
  private readonly byName = new Map<string, Candidate>();

  add({ project, ...file }: ProjectFile): void {
    const { storage, path } = file;
    const isChecksum = path.endsWith(checksumSuffix);
    const place = placeOfPath(isChecksum ? path.slice(0, -checksumSuffix.length) + archiveSuffix : path);
    if (!place) {
      if (!isChecksum) this.problems.push(problems.foreignName({ project, storage, path }, path));
      return;
    }
    const { name } = place;
    const kind = isChecksum ? 'checksums' : 'archives';
    const candidate = this.byName.get(name) ?? { project, name, archives: [], checksums: [] };
    candidate[kind].push(file);
    this.byName.set(name, candidate);
  }

  candidates(): Candidate[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

async function listStorage(
  storage: StoragePort,
  wanted: string | undefined,
): Promise<{ files: ProjectFile[]; problems: Problem[] }> {
  const files: ProjectFile[] = [];
  try {
    for await (const { project, kind, entries } of walkStorage(storage, { project: wanted })) {
      if (kind !== 'leaf' || project === undefined) continue;
      files.push(
        ...entries.filter(isOfBackup).map(({ path, size }) => ({ storage: storage.name, path, size, project })),
      );
    }
    return { files, problems: [] };
  } catch (error) {
    if (isFresh(storage, error)) return { files, problems: [] };
    return { files, problems: [problemOf({ storage: storage.name }, error)] };
  }
}

/** On a fresh machine there is no local storage yet; a storage elsewhere without its base folder is a mistake. */
const isFresh = ({ name }: StoragePort, error: unknown): boolean =>
  name === localStorageName && error instanceof StorageError && error.code === 'NOT_FOUND';

const isOfBackup = ({ type, name, partial }: RemoteEntry): boolean =>
  type === 'file' && !partial && [archiveSuffix, checksumSuffix].some((suffix) => name.endsWith(suffix));
