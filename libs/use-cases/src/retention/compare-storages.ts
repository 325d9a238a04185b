import { projectHost, type HavunConfig } from '@havun/config';
import {
  compareStorage,
  nameIn,
  type Clock,
  type Failure,
  type ListedFile,
  type LoggedCopy,
  type StorageComparison,
} from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { localStorageName, StorageError, type StoragePort } from '@havun/storage';
import { walkStorage } from '../catalogue/walk-storage.js';
import { plural } from '../figures.js';
import { ProjectNames } from '../names/project-names.js';

/** One backup as the tables have it. */
export interface TabledBackup {
  readonly id: string;
  readonly host: string;
  readonly project: string;
  readonly name: string;
  readonly status: string;
  readonly archive: { readonly size: number; readonly sha256: string } | null;
  readonly copies: readonly {
    readonly storage: string;
    readonly state: 'expected' | LoggedCopy['state'];
    readonly path?: string;
    readonly failure?: Failure;
    readonly retrying?: true;
    readonly at?: string;
  }[];
}

export interface CompareOptions {
  readonly config: HavunConfig;
  readonly store: EventStore;
  readonly clock: Clock;
  /** Every backup of the tables, of all machines. Read once the storages are listed. */
  readonly backups: () => AsyncIterable<TabledBackup>;
  /** What went wrong, fit for an event. */
  readonly failure: (error: unknown) => Failure;
  readonly signal?: AbortSignal | undefined;
  /** Storages that may have lost everything: a person has put an empty one in the place of another. */
  readonly mayBeEmpty?: ReadonlySet<string>;
}

export type ComparedStorage =
  | {
      readonly kind: 'compared';
      readonly storage: StoragePort;
      readonly comparison: StorageComparison;
      /** Absent where the server does not tell. */
      readonly availableBytes?: number;
    }
  | { readonly kind: 'failed'; readonly storage: StoragePort; readonly failure: Failure };

/**
 * Compares each storage with what the log says of it, and changes nothing. A storage that can't be listed says so, and keeps
 * nobody from the others.
 */
export async function compareStorages(
  storages: readonly StoragePort[],
  options: CompareOptions,
): Promise<ComparedStorage[]> {
  const listings = await Promise.all(storages.map((storage) => list(storage, options)));
  const logged = await readTables(options);
  const names = new LogNames(options);
  const compared: ComparedStorage[] = [];
  for (const [index, storage] of storages.entries()) {
    const listing = listings[index];
    if (listing) compared.push(await compareOne(storage, listing, logged, names, options));
  }
  options.signal?.throwIfAborted();
  return compared;
}

type Listing =
  | { readonly kind: 'listed'; readonly files: readonly ListedFile[]; readonly availableBytes?: number }
  | { readonly kind: 'no-base'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure };

async function list(storage: StoragePort, { signal, failure }: CompareOptions): Promise<Listing> {
  const files: ListedFile[] = [];
  try {
    for await (const { entries, isWalked } of walkStorage(storage, { signal })) {
      for (const entry of entries) {
        if (isWalked(entry)) continue;
        const { path, size, partial, type } = entry;
        files.push({ path, size: type === 'file' ? size : 0, partial, ...(type !== 'file' && { type }) });
      }
    }
    const space = await storage.freeSpace({ signal });
    return { kind: 'listed', files, ...(space && { availableBytes: space.availableBytes }) };
  } catch (error) {
    signal?.throwIfAborted();
    const isGone = error instanceof StorageError && error.code === 'NOT_FOUND';
    return { kind: isGone ? 'no-base' : 'failed', failure: failure(error) };
  }
}

interface Logged {
  /** By storage. */
  readonly copies: ReadonlyMap<string, LoggedCopy[]>;
  readonly underWay: ReadonlySet<string>;
  /** Every name of the tables. */
  readonly names: ReadonlySet<string>;
}

async function readTables({ config, backups, signal }: CompareOptions): Promise<Logged> {
  const copies = new Map<string, LoggedCopy[]>();
  const [underWay, names] = [new Set<string>(), new Set<string>()];
  for await (const backup of backups()) {
    signal?.throwIfAborted();
    names.add(backup.name);
    if (isUnderWay(backup)) underWay.add(backup.name);
    for (const [storage, copy] of loggedCopies(backup, config.host)) {
      const known = copies.get(storage);
      if (known) known.push(copy);
      else copies.set(storage, [copy]);
    }
  }
  return { copies, underWay, names };
}

const hasEnded = ({ status }: TabledBackup): boolean =>
  status === 'success' || status === 'partial' || status === 'failed';

const isUnderWay = (backup: TabledBackup): boolean =>
  !hasEnded(backup) || backup.copies.some(({ retrying }) => retrying === true);

function loggedCopies(backup: TabledBackup, host: string): [string, LoggedCopy][] {
  const { id: backupId, project, name, archive } = backup;
  if (!hasEnded(backup) || !archive) return [];
  return backup.copies.flatMap(({ storage, state, path, failure, at, retrying }): [string, LoggedCopy][] => {
    if (state === 'expected' || path === undefined) return [];
    if (storage === localStorageName && backup.host !== host) return [];
    const { size, sha256 } = archive;
    const isOurs = backup.host === host && retrying !== true;
    const about = { ...(failure && { failure: failure.code }), ...(at !== undefined && { at }) };
    return [[storage, { backupId, project, name, path, size, sha256, state, isOurs, ...about }]];
  });
}

async function compareOne(
  storage: StoragePort,
  listing: Listing,
  logged: Logged,
  names: LogNames,
  { clock, mayBeEmpty }: CompareOptions,
): Promise<ComparedStorage> {
  const copies = logged.copies.get(storage.name) ?? [];
  const expected = copies.filter(({ isOurs, state }) => isOurs && state !== 'removed' && state !== 'removing').length;
  if (listing.kind === 'failed') return { kind: 'failed', storage, failure: listing.failure };
  if (listing.kind === 'no-base' && (storage.name !== localStorageName || expected > 0)) {
    return { kind: 'failed', storage, failure: listing.failure };
  }
  const { files, ...space } = listing.kind === 'listed' ? listing : { files: [] };
  if (files.length === 0 && expected > 0 && mayBeEmpty?.has(storage.name) !== true) {
    return { kind: 'failed', storage, failure: isEmpty(storage.name, expected) };
  }
  const now = clock.now().toISOString();
  const view = { files, copies, now };
  const first = compareStorage({ ...view, underWay: logged.underWay });
  const late = await names.knownLater([...first.unknown, ...first.leftParts], logged.names);
  const comparison =
    late.size === 0 ? first : compareStorage({ ...view, underWay: new Set([...logged.underWay, ...late]) });
  const availableBytes = 'availableBytes' in space ? space.availableBytes : undefined;
  return { kind: 'compared', storage, comparison, ...(availableBytes !== undefined && { availableBytes }) };
}

/** Backups that the log knows and the tables do not yet: they were requested a moment ago. */
class LogNames {
  private readonly byProject = new Map<string, ProjectNames>();

  constructor(private readonly options: Pick<CompareOptions, 'config' | 'store'>) {}

  async knownLater(files: readonly ListedFile[], tabled: ReadonlySet<string>): Promise<Set<string>> {
    const known = new Set<string>();
    for (const { path } of files) {
      const name = nameIn(path);
      const project = path.slice(0, path.indexOf('/'));
      if (name === undefined || tabled.has(name) || known.has(name) || !this.isConfigured(project)) continue;
      if ((await this.namesOf(project).idOf('backups', name)) !== undefined) known.add(name);
    }
    return known;
  }

  private isConfigured(project: string): boolean {
    return Object.hasOwn(this.options.config.projects, project);
  }

  private namesOf(project: string): ProjectNames {
    const { config, store } = this.options;
    const names = this.byProject.get(project) ?? new ProjectNames(store, projectHost(config, project), project);
    this.byProject.set(project, names);
    return names;
  }
}

const isEmpty = (storage: string, copies: number): Failure => ({
  code: 'STORAGE_EMPTY',
  message: `${storage} has no file at all, and the log knows of ${plural(copies, 'copy', 'copies')} there`,
  remedy: `Most likely its disk is not mounted, or its path is another one: look at that first. Nothing was recorded. If everything in it is really lost, have the copies made again with «havun storage:reconcile --storage=${storage} --repair».`,
});

/** Backups that are read from the tables at once. */
const pageSize = 1000;

/** Every backup of the tables. */
export async function* tabledBackups(queries: {
  listBackups(page: { limit: number; before: string | undefined }): Promise<readonly TabledBackup[]>;
}): AsyncGenerator<TabledBackup, void> {
  let before: string | undefined;
  for (;;) {
    const page = await queries.listBackups({ limit: pageSize, before });
    yield* page;
    before = page.at(-1)?.name;
    if (page.length < pageSize || before === undefined) return;
  }
}

/** Whether it was read back, or measured, and is on record as not what was made. */
export const isKnownDamaged = ({ state, failure }: LoggedCopy): boolean =>
  state === 'failed' && failure === 'CHECKSUM_MISMATCH';
