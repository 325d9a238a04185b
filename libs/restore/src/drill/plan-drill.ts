import { join } from 'node:path';
import { searchPath, type HavunConfig } from '@havun/config';
import { localCopy, type ChosenBackup } from '@havun/domain';
import {
  DatabaseError,
  findThrowAwayPrograms,
  tooLongForItsServer,
  type DatabaseDetails,
  type DatabaseServerConfig,
} from '@havun/databases';
import { freeBytes } from '../plan/room.js';
import { problemOf, type Problem } from '../problem.js';
import { configuredServer, drillServer, refuseInsideProjects } from './production.js';

/** Where a drill gets its archive, and where it works. */
export interface DrillPlan {
  /** The copies that prove something: the offsite ones, where there is an offsite storage. */
  readonly copies: ChosenBackup['copies'];
  /** Why the copies are not offsite ones. */
  readonly note?: string;
  /** The folder that the drill's private folder is made in. */
  readonly parent: string;
  readonly problems: readonly Problem[];
}

/** Reports are kept in the second. */
export const drillParents = ({ data_dir: dataDir, storage }: HavunConfig): [string, string] => [
  join(dataDir, 'tmp'),
  reportsFolder(storage.local.path),
];

export const reportsFolder = (local: string): string => join(local, 'test-restores');

/** An imported dump takes about as much room again as its text, so the extracted content counts twice. */
const timesExtracted = 2;

/** Checks before anything is fetched, and writes nothing. Checks that need the manifest are in `planDrillDatabases`. */
export async function planDrill(config: HavunConfig, backup: ChosenBackup): Promise<DrillPlan> {
  const isElsewhere = Object.keys(config.storage.offsite).length > 0;
  const copies = backup.copies.filter(({ storage }) => (storage !== localCopy) === isElsewhere);
  const { size, sourceBytes } = backup.archive;
  const download = isElsewhere ? size : 0;
  const place = await placeFor(config, {
    wanted: size + timesExtracted * sourceBytes,
    least: download + sourceBytes,
  });
  const problems = isElsewhere && copies.length === 0 ? [noOffsiteCopy(backup.name)] : [];
  return {
    copies,
    parent: place.parent,
    problems: [...problems, ...place.problems],
    ...(!isElsewhere && { note: 'from the local storage, as no offsite storage is configured' }),
  };
}

/** Under `data_dir` where there is enough room, else on the disk of the local storage, else where most is free. */
async function placeFor(
  config: HavunConfig,
  { wanted, least }: { wanted: number; least: number },
): Promise<{ parent: string; problems: Problem[] }> {
  const problems: Problem[] = [];
  const places: { parent: string; free: number }[] = [];
  for (const parent of drillParents(config)) {
    await refuseInsideProjects(config, parent).catch((error: unknown) => problems.push(problemOf(error)));
    places.push({ parent, free: await freeBytes(parent) });
  }
  const [roomiest = { parent: '', free: 0 }] = places.toSorted((a, b) => b.free - a.free);
  const { parent, free } = places.find((place) => place.free >= wanted) ?? roomiest;
  if (free < least) problems.push(noRoom(parent, least, free));
  return { parent, problems };
}

/** Where the dump of a backup is imported for a test. */
export interface DrillDatabase {
  readonly details: DatabaseDetails;
  /** A configured server that no project lives on; absent where one is started for the drill. */
  readonly configured?: { readonly name: string; readonly server: DatabaseServerConfig };
}

/** Checks where the dumps of a backup can be imported, and whether that is possible. It starts and creates nothing. */
export async function planDrillDatabases(
  config: HavunConfig,
  { project, databases, ...how }: DrillDatabasesOptions,
): Promise<{ databases: DrillDatabase[]; problems: Problem[] }> {
  const planned: DrillDatabase[] = [];
  const problems: Problem[] = [];
  for (const details of databases) {
    try {
      planned.push(await drillDatabase(config, project, details, how));
    } catch (error) {
      how.signal?.throwIfAborted();
      problems.push(problemOf(error));
    }
  }
  return { databases: planned, problems };
}

export interface DrillDatabasesOptions {
  readonly project: string;
  readonly databases: readonly DatabaseDetails[];
  /** The folder for short-lived credentials. */
  readonly scratch: string;
  readonly signal?: AbortSignal;
}

async function drillDatabase(
  config: HavunConfig,
  project: string,
  details: DatabaseDetails,
  how: Pick<DrillDatabasesOptions, 'scratch' | 'signal'>,
): Promise<DrillDatabase> {
  // The server of a drill takes longer statements than that of production may.
  const tooLong = tooLongForItsServer(details);
  if (tooLong) throw new DatabaseError(tooLong);
  const name = configuredServer(config, project, details.kind);
  if (name !== undefined) return { details, configured: { name, server: await drillServer(config, name, how) } };
  await findThrowAwayPrograms(details.kind, searchPath());
  return { details };
}

const noOffsiteCopy = (backup: string): Problem => ({
  code: 'NO_OFFSITE_COPY',
  message: `${backup} has no good copy in any offsite storage, though there are such storages: with this machine, it would be lost`,
  remedy:
    'Look at why its upload or verification failed with «havun backup:show», run «havun backup:run», then «havun backup:test» again.',
  retryable: false,
});

const noRoom = (parent: string, needed: number, free: number): Problem => ({
  code: 'DISK_FULL',
  message: `the disk of ${parent} has ${free} bytes free, and the drill needs ${needed}; no other folder of drills has more`,
  remedy: `Free space on the disk of ${parent}, or set data_dir to a folder on a larger disk.`,
  retryable: true,
});
