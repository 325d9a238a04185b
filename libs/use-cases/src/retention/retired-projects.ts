import type { HavunConfig } from '@havun/config';
import type { RetentionTables } from './plan-cleanup.js';

/** A project that has left the configuration. Its backups are kept as they are, until a person says otherwise. */
export interface RetiredProject {
  readonly project: string;
  /** Ended ones that have a copy. */
  readonly backups: number;
}

/** The projects that have backups and are not configured, by name. */
export async function retiredProjects(
  { projects }: Pick<HavunConfig, 'projects'>,
  tables: RetentionTables & { backedUpProjects(): Promise<readonly string[]> },
): Promise<RetiredProject[]> {
  const retired = (await tables.backedUpProjects()).filter((project) => !Object.hasOwn(projects, project));
  return Promise.all(
    retired.map(async (project) => {
      const kept = await tables.keptBackups(project);
      const backups = kept.filter(({ state }) =>
        [...(state.archived?.copies.values() ?? [])].some(
          (copy) => copy.state !== 'removed' && copy.state !== 'expected',
        ),
      );
      return { project, backups: backups.length };
    }),
  );
}
