import { searchPath, type HavunConfig } from '@havun/config';
import {
  DatabaseError,
  isSameFamily,
  serverIdentity,
  type DatabaseServerConfig,
  type DatabaseType,
} from '@havun/databases';
import { isInside, realPlace } from '../real-place.js';

/** Keeps a drill away from production, in code: no configuration allows it to touch what a project lives on. */
export class DrillOnProduction extends Error {
  readonly code = 'DRILL_ON_PRODUCTION';
  readonly retryable = false;
  constructor(
    message: string,
    readonly remedy: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'DrillOnProduction';
  }
}

const serverRemedy =
  'Name a server of its own under drill.server, or leave it out: then one is started for each drill, and removed afterwards.';

/** The name under `databases` of the server for a project's drill, where the configuration names one that can import the dumps. */
export function configuredServer(config: HavunConfig, project: string, kind: DatabaseType): string | undefined {
  const name = config.projects[project]?.drill.server ?? config.drill.server;
  const type = name === undefined ? undefined : config.databases[name]?.type;
  return type !== undefined && type !== 'sqlite' && isSameFamily(type, kind) ? name : undefined;
}

/**
 * The configured server, once it is certain that no project lives on it: no project names it, and its identity differs from that
 * of every project's server. These servers therefore have to be up.
 * @throws DrillOnProduction; DatabaseError where the drill's own server can't be asked
 */
export async function drillServer(
  config: HavunConfig,
  name: string,
  { scratch, signal }: { scratch: string; signal?: AbortSignal },
): Promise<DatabaseServerConfig> {
  const server = config.databases[name];
  if (!server) throw new DrillOnProduction(`There is no "${name}" under databases for drills`, serverRemedy);
  const identityOf = (of: DatabaseServerConfig, database: string): Promise<string[]> =>
    serverIdentity({ server: of, database }, { searchPath: searchPath(), tempDir: scratch }, signal);
  const production = productionServers(config);
  const owner = production.find((each) => each.name === name);
  if (owner)
    throw new DrillOnProduction(`The server "${name}" is the one that ${owner.project} lives on`, serverRemedy);
  const marks = new Set(await identityOf(server, maintenanceDatabase));
  if (marks.size === 0) throw new DrillOnProduction(`The server "${name}" does not say who it is`, serverRemedy);
  for (const { name: other, project, server: live, database } of production) {
    if (!isSameFamily(server.type, live.type)) continue;
    const theirs = await identityOf(live, database).catch((error: unknown) => {
      throw error instanceof DatabaseError ? cantBeAsked(name, other, error) : error;
    });
    if (theirs.length > 0 && !theirs.some((mark) => marks.has(mark))) continue;
    throw new DrillOnProduction(
      `The server "${name}" is the server "${other}" that ${project} lives on, by another address`,
      serverRemedy,
    );
  }
  return server;
}

/** A database that exists on every PostgreSQL server; other kinds need none for the query. */
const maintenanceDatabase = 'postgres';

interface ProductionServer {
  readonly name: string;
  readonly project: string;
  readonly server: DatabaseServerConfig;
  readonly database: string;
}

/** Every server that a project names, once, even if the project's backups are disabled. */
function productionServers({ projects, databases }: HavunConfig): ProductionServer[] {
  const found = new Map<string, ProductionServer>();
  for (const [project, { paths }] of Object.entries(projects)) {
    const server = paths.server === undefined ? undefined : databases[paths.server];
    if (!server || paths.server === undefined || found.has(paths.server)) continue;
    found.set(paths.server, { name: paths.server, project, server, database: paths.database ?? maintenanceDatabase });
  }
  return [...found.values()];
}

const cantBeAsked = (name: string, other: string, cause: DatabaseError): DrillOnProduction =>
  new DrillOnProduction(
    `Whether the server "${name}" is "${other}", which a project lives on, can't be found out, as "${other}" does not answer: ${cause.message}`,
    `${cause.remedy} Or leave drill.server out: then a server is started for each drill.`,
    { cause },
  );

/** @throws DrillOnProduction for a folder inside that of a project or its test environment */
export async function refuseInsideProjects(config: HavunConfig, folder: string): Promise<void> {
  const place = await realPlace(folder);
  for (const [project, { paths, test }] of Object.entries(config.projects)) {
    for (const root of [paths.root, ...(test ? [test.root] : [])]) {
      if (isInside(place, await realPlace(root))) throw insideProject(folder, project, root);
    }
  }
  for (const server of Object.values(config.databases)) {
    if (server.type !== 'sqlite' || server.folder === undefined) continue;
    if (isInside(place, await realPlace(server.folder))) throw insideProject(folder, 'a database', server.folder);
  }
}

const insideProject = (folder: string, whose: string, root: string): DrillOnProduction =>
  new DrillOnProduction(
    `The folder for the drill, ${folder}, is inside ${root}, where ${whose} lives`,
    'Set data_dir and storage.local.path to folders outside of every project.',
  );
