export {
  includeSchema,
  pathsSchema,
  projectTypeNames,
  projectTypeSchema,
  type ProjectInclude,
  type ProjectPaths,
  type ProjectTypeName,
} from './config.js';
export { createSource } from './create-source.js';
export { databaseServerSchema, type DatabaseServerConfig, type DatabaseType } from './databases/config.js';
export type { Revealable, SecretSchema } from './databases/secret.js';
export { databaseKinds } from './databases/kinds.js';
export type { Database, DatabaseKind, DatabaseLocation, Inventory } from './databases/database-kind.js';
export { projectTypes } from './projects/project-types.js';
export type { ProjectType } from './projects/project-type.js';
export { SourceError, type SourceErrorCode, type SourceProblem } from './errors.js';
export type {
  DatabaseDetails,
  IncludedPath,
  IncludeKind,
  OpenSource,
  PlannedDatabase,
  PlannedPath,
  ProjectSource,
  ProjectSourceConfig,
  SourceDetails,
  SourceEnvironment,
  SourcePlan,
  SourceVersions,
  SourceWarning,
  SourceWarningCode,
} from './source.js';
