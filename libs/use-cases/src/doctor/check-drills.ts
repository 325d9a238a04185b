import { searchPath, type HavunConfig, type ProjectConfig } from '@havun/config';
import { failureOf } from '@havun/domain';
import { findThrowAwayPrograms, isSameFamily, type DatabaseType } from '@havun/databases';
import type { Finding } from './finding.js';

/** Whether this machine has the server programs that drills need, for every kind of database in its projects. */
export async function checkDrills(config: HavunConfig): Promise<Finding[]> {
  const kinds = new Set(
    Object.values(config.projects)
      .filter((project) => project.enabled && project.host === config.host)
      .flatMap((project) => startedFor(config, project) ?? []),
  );
  return Promise.all([...kinds].map(checkKind));
}

/** The kind of server that a project's drill must start. None where one is configured or none is needed. */
function startedFor({ databases, drill }: HavunConfig, project: ProjectConfig): DatabaseType | undefined {
  const { server: production, database } = project.paths;
  if (production === undefined || database === undefined || project.include.database === false) return undefined;
  const kind = databases[production]?.type;
  const configured = project.drill.server ?? drill.server;
  const type = configured === undefined ? undefined : databases[configured]?.type;
  const isOfItsKind = type !== undefined && kind !== undefined && isSameFamily(type, kind);
  return isOfItsKind || kind === 'sqlite' ? undefined : kind;
}

async function checkKind(kind: DatabaseType): Promise<Finding> {
  try {
    await findThrowAwayPrograms(kind, searchPath());
    return { area: 'drills', status: 'ok', detail: `a ${kind} server can be started for a drill` };
  } catch (error) {
    const { message, remedy } = failureOf(error);
    return {
      area: 'drills',
      status: 'warning',
      detail: `no ${kind} server can be started for a drill: ${message}`,
      remedy: `${remedy} Or name a server for drills with drill.server.`,
    };
  }
}
