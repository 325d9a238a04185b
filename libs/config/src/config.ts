import { join } from 'node:path';
import type { BackupPolicy, RetentionPolicy } from '@havun/domain';
import type { ProjectSourceConfig } from '@havun/sources';
import { localStorageName, Secret } from '@havun/storage';
import type { ParsedConfig } from './schema/config.js';

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

/** Fills in the defaults that follow from other keys. */
export function completeConfig(parsed: ParsedConfig): HavunConfig {
  const { read_model: tables, host } = parsed;
  const projects = Object.entries(parsed.projects).map(([name, project]): [string, ProjectConfig] => [
    name,
    { ...project, host: project.host ?? host },
  ]);
  return {
    ...parsed,
    read_model:
      tables.type === 'sqlite'
        ? { type: 'sqlite', path: tables.path ?? join(parsed.data_dir, 'read-model.sqlite') }
        : tables,
    projects: byName(projects),
    databases: byName(Object.entries(parsed.databases)),
    storage: { ...parsed.storage, offsite: byName(Object.entries(parsed.storage.offsite)) },
  };
}

/** A record of own properties only: a person may ask for a project called "constructor". */
const byName = <Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> =>
  Object.assign(Object.create(null) as Record<string, Value>, Object.fromEntries(entries));

/**
 * The host that does a project's work, and under which its streams are: its own. A project that is not in the configuration any
 * more is looked for under this machine's host.
 */
export const projectHost = (config: HavunConfig, name: string): string => config.projects[name]?.host ?? config.host;

/** Seven years: the value of `retention_years` in the tables where the configuration says nothing. Nothing is deleted then. */
const yearsWhereNothingIsSaid = 7;

/** What a request for a backup takes from the configuration. @throws when there is no such project */
export function projectPolicy(config: HavunConfig, name: string): BackupPolicy {
  const project = config.projects[name];
  if (!project) throw new Error(`projectPolicy: "${name}" is not in the configuration`);
  const { archive_retention_years: years, auto_cleanup_archive } = project.retention;
  return {
    projectType: project.type,
    priority: project.priority,
    encrypted: project.encryption.enabled,
    retentionYears: years ?? yearsWhereNothingIsSaid,
    canAutoDelete: auto_cleanup_archive && years !== undefined,
    complianceRequired: project.compliance.required,
    copies: [localStorageName, ...Object.keys(config.storage.offsite)],
  };
}

/** What the configuration says becomes of a project's backups. @throws when there is no such project */
export function retentionPolicy(config: HavunConfig, name: string): RetentionPolicy {
  const project = config.projects[name];
  if (!project) throw new Error(`retentionPolicy: "${name}" is not in the configuration`);
  const { hot_retention_days: hotDays, archive_retention_years: archiveYears, ...rest } = project.retention;
  const { required, type } = project.compliance;
  return {
    ...(hotDays !== undefined && { hotDays }),
    ...(archiveYears !== undefined && { archiveYears }),
    autoCleanupArchive: rest.auto_cleanup_archive,
    complianceRequired: required,
    ...(type !== undefined && { complianceType: type }),
    ...(rest.keep && { keep: rest.keep }),
    safetyBackupDays: config.retention.safety_backup_days,
  };
}

/** What of a project is backed up, and the database server that it names. @throws when there is no such project */
export function projectSourceConfig(config: HavunConfig, name: string): ProjectSourceConfig {
  const project = config.projects[name];
  if (!project) throw new Error(`projectSourceConfig: "${name}" is not in the configuration`);
  const { type, paths, include } = project;
  const server = paths.server === undefined ? undefined : config.databases[paths.server];
  return { name, type, paths, include, ...(server && { server }) };
}

/** The values of all secrets in the configuration, for removing them from logs. */
export function secretsIn(config: HavunConfig): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (value instanceof Secret) found.push(value.reveal());
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(config);
  return [...new Set(found)];
}
