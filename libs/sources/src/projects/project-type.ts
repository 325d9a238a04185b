import type { ProjectTypeName } from '../config.js';

/** The differences between the types of project. */
export interface ProjectType {
  type: ProjectTypeName;
  /** Included unless the configuration says otherwise. */
  includeDefaults: { database: boolean; config: boolean; git: boolean };
  /** The folder for the project's files in the archive: `files/`, or '' for the archive's root. */
  filesPrefix: '' | 'files/';
  /** Whether a project without `.env` is broken or simply has none. */
  envFile: 'required' | 'if-present';
  /** JSON files that are the database of a project without a database server. */
  jsonDatabases: readonly string[];
}

export const DUMP_NAME = 'database.sql';
export const ENV_NAME = 'env-backup.txt';
export const MANIFEST_NAME = 'backup-manifest.json';

const RESERVED = /^(?:backup-manifest\.json|env-backup\.txt|database\.sql)(?:\.project)*$/;

/**
 * The archive's name for a file of the project. A file whose name the archive reserves gets `.project` appended. So does a file
 * that already ends with it, which makes the renaming reversible.
 */
export function archiveName(type: ProjectType, path: string): string {
  return type.filesPrefix === '' && RESERVED.test(path) ? `${path}.project` : `${type.filesPrefix}${path}`;
}

/** The reverse; undefined for a name that no file of the project can have. */
export function projectPath(type: ProjectType, name: string): string | undefined {
  if (type.filesPrefix !== '') {
    const below = name.startsWith(type.filesPrefix) ? name.slice(type.filesPrefix.length) : '';
    return below === '' ? undefined : below;
  }
  if (!RESERVED.test(name)) return name;
  return name.endsWith('.project') ? name.slice(0, -'.project'.length) : undefined;
}
