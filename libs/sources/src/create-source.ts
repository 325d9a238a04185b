import type { DatabaseEnvironment } from '@havun/databases';
import { SourceError } from './errors.js';
import { openSource } from './open-source.js';
import { runtimesOf } from './projects/runtimes.js';
import type { ProjectSource, ProjectSourceConfig, SourcePlan } from './source.js';
import { estimateOf, survey, type Survey } from './survey.js';

/** Reads one project; `environment` is for the client of its database. Nothing is read before `plan` or `open`. */
export function createSource(config: ProjectSourceConfig, environment: DatabaseEnvironment = {}): ProjectSource {
  return {
    async plan({ signal } = {}) {
      return planOf(config, await survey(config, environment, signal));
    },
    async open({ signal } = {}) {
      const found = await survey(config, environment, signal);
      const [first, ...others] = found.problems;
      if (first) throw new SourceError([first, ...others]);
      const runtimes = await runtimesOf(config.type, found.versions, environment.searchPath ?? '', signal);
      return openSource(config, found, { signal, runtimes });
    },
  };
}

function planOf(
  config: ProjectSourceConfig,
  { paths, database, versions, problems, warnings, ...lacking }: Survey,
): SourcePlan {
  const inventory = database?.inventory;
  return {
    project: config.name,
    type: config.type,
    paths,
    ...estimateOf(paths, inventory),
    ...(inventory && {
      database: {
        name: inventory.name,
        kind: inventory.kind,
        server_version: inventory.server_version,
        client: inventory.client,
        client_version: inventory.client_version,
        tables: inventory.tables.length,
        views: inventory.views.length,
        estimated_bytes: inventory.estimated_bytes,
      },
    }),
    versions,
    problems,
    missing: [...lacking.missing, ...lacking.unreadable],
    warnings,
  };
}
