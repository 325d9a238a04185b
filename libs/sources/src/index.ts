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
