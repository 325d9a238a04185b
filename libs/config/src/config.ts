import type { BackupPolicy } from '@havun/domain';
import type { ProjectSourceConfig } from '@havun/sources';
import { Secret } from '@havun/storage';
import type { ParsedConfig } from './schema.js';

type ParsedProject = ParsedConfig['projects'][string];
type ParsedReadModel = ParsedConfig['read_model'];

export type ProjectConfig = ParsedProject & { readonly host: string };
export type ReadModelSettings =
  Exclude<ParsedReadModel, { type: 'sqlite' }> | { readonly type: 'sqlite'; readonly path: string };

/** The whole configuration, checked, with every default filled in. Keys are as in the file; paths are absolute. */
export type HavunConfig = Omit<ParsedConfig, 'projects' | 'read_model'> & {
  readonly projects: Readonly<Record<string, ProjectConfig>>;
  readonly read_model: ReadModelSettings;
};

/** Seven years: what `retention_years` says in the tables where the configuration says nothing, and nothing is deleted. */
const yearsWhereNothingIsSaid = 7;

/** What a request for a backup carries of the configuration. @throws when there is no such project */
export function projectPolicy(config: HavunConfig, name: string): BackupPolicy {
  const project = config.projects[name];
  if (!project) throw new Error(`projectPolicy: "${name}" is not in the configuration`);
  return {
    projectType: project.type,
    priority: project.priority,
    encrypted: project.encryption.enabled,
    retentionYears: project.retention.archive_retention_years ?? yearsWhereNothingIsSaid,
    canAutoDelete: project.retention.auto_cleanup_archive,
    copies: ['local', ...Object.keys(config.storage.offsite)],
  };
}

/** What of a project is read, and the database server that it names. @throws when there is no such project */
export function projectSourceConfig(config: HavunConfig, name: string): ProjectSourceConfig {
  const project = config.projects[name];
  if (!project) throw new Error(`projectSourceConfig: "${name}" is not in the configuration`);
  const { type, paths, include } = project;
  const server = paths.server === undefined ? undefined : config.databases[paths.server];
  return { name, type, paths, include, ...(server && { server }) };
}

/** The text of every secret in the configuration, for scrubbing them out of logs. */
export function secretsIn(config: HavunConfig): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (value instanceof Secret) found.push(value.reveal());
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(config);
  return [...new Set(found)];
}
