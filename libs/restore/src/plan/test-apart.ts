import { resolve } from 'node:path';
import { projectSourceConfig, searchPath, type HavunConfig, type ProjectConfig } from '@havun/config';
import { DatabaseError, isSameFamily, serverIdentity, type DatabaseServerConfig } from '@havun/databases';
import { includedPlaces, type TreeItem } from '@havun/sources';
import type { DatabaseSwap } from '../database-swap.js';
import type { Problem } from '../problem.js';
import { isInside, realPlace } from '../real-place.js';
import type { RestorePlace } from '../target.js';

interface Planned {
  readonly config: HavunConfig;
  readonly place: RestorePlace;
  readonly items: readonly Pick<TreeItem, 'live'>[];
  readonly databases: readonly DatabaseSwap[];
  readonly scratch?: string;
  readonly signal?: AbortSignal;
}

/**
 * Keeps a restore to a test environment away from what any project lives on, however its configuration or a link leads there:
 * nothing of a test environment is kept. Files are compared by real paths, databases by what their servers say of themselves.
 */
export async function testApartProblems(planned: Planned): Promise<Problem[]> {
  const problems: Problem[] = [];
  const own = Object.entries(planned.config.projects).filter(([, { host }]) => host === planned.config.host);
  for (const [name, project] of own) {
    const places = await livePlaces(planned.config, name, project);
    for (const { live } of planned.items) {
      const place = places.find((each) => isInside(live, each) || isInside(each, live));
      if (place !== undefined) problems.push(onProduction(`${live} of the test environment`, name, place));
    }
    for (const swap of planned.databases) {
      const problem = await databaseProblem(planned, swap, [name, project], places);
      if (problem) problems.push(problem);
    }
  }
  return problems;
}

/** The real places of a project: its root, and what its backups take from elsewhere. */
async function livePlaces(config: HavunConfig, name: string, { paths }: ProjectConfig): Promise<string[]> {
  const included = await includedPlaces(projectSourceConfig(config, name));
  const server = paths.server === undefined ? undefined : config.databases[paths.server];
  const file =
    server?.type === 'sqlite' && paths.database !== undefined ? fileOf(server, paths.root, paths.database) : [];
  return Promise.all([paths.root, ...included, ...file].map(realPlace));
}

const fileOf = ({ folder }: { readonly folder?: string | undefined }, root: string, database: string): string[] => [
  resolve(folder ?? root, database),
];

async function databaseProblem(
  { config, place, scratch, signal }: Planned,
  { server: name, live }: DatabaseSwap,
  [project, { paths }]: [string, ProjectConfig],
  places: readonly string[],
): Promise<Problem | undefined> {
  const server = config.databases[name];
  if (!server) return undefined;
  if (server.type === 'sqlite') {
    for (const file of await Promise.all(fileOf(server, place.root, live).map(realPlace))) {
      const taken = places.find((each) => isInside(file, each));
      if (taken !== undefined) return onProduction(`the database ${live} of the test environment`, project, taken);
    }
    return undefined;
  }
  const production = paths.server === undefined ? undefined : config.databases[paths.server];
  if (!production || paths.database === undefined || !isSameFamily(server.type, production.type)) return undefined;
  // MariaDB on some systems takes names that differ in case for the same.
  if (paths.database.toLowerCase() !== live.toLowerCase()) return undefined;
  const what = `the database ${live} of the test environment, on the server "${name}",`;
  if (paths.server === name) return onProduction(what, project, paths.database);
  const marksOf = (of: DatabaseServerConfig, database: string): Promise<string[]> =>
    serverIdentity(
      { server: of, database },
      { searchPath: searchPath(), ...(scratch !== undefined && { tempDir: scratch }) },
      signal,
    );
  try {
    const { database } = paths;
    // It may be gone: that is when one restores.
    const theirs = await marksOf(production, database).catch(() => marksOf(production, maintenanceDatabase));
    const ours = new Set(await marksOf(server, maintenanceDatabase));
    const isApart = theirs.length > 0 && ours.size > 0 && !theirs.some((mark) => ours.has(mark));
    return isApart ? undefined : onProduction(what, project, `${paths.database} on "${paths.server ?? ''}"`);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return cantTell(what, project, error);
  }
}

/** Exists on every PostgreSQL server; other kinds need none for the question. */
const maintenanceDatabase = 'postgres';

const remedy = 'Give the test environment a folder and a database of its own, and remove links that lead out of it.';

const onProduction = (what: string, project: string, place: string): Problem => ({
  code: 'TEST_ON_PRODUCTION',
  message: `${what} is what ${project} lives on: ${place}`,
  remedy,
  retryable: false,
});

const cantTell = (what: string, project: string, cause: DatabaseError): Problem => ({
  code: 'TEST_ON_PRODUCTION',
  message: `whether ${what} is that of ${project} can't be found out: ${cause.message}`,
  remedy: `${cause.remedy} Or give the test database another name.`,
  retryable: cause.retryable,
});
