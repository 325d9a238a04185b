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
export { connectRestorer, databaseKinds } from './databases/kinds.js';
export {
  findThrowAwayPrograms,
  removeLeftThrowAwayServer,
  startThrowAwayServer,
  type ThrowAwayOptions,
  type ThrowAwayServer,
} from './databases/throw-away-server.js';
export { isSameFamily, serverIdentity } from './databases/server-identity.js';
export type {
  Database,
  DatabaseContents,
  DatabaseKind,
  DatabaseLocation,
  DatabaseRestorer,
  ImportOptions,
  Inventory,
  RestoreNames,
  SwapOptions,
} from './databases/database-kind.js';
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
export { backedUp, entryOf, type ArchivedEntry } from './restore/archived-entry.js';
export { entrySelector, extractTo, type ExtractToOptions } from './restore/extract-to.js';
export { readJournal, type JournalPlace } from './restore/journal.js';
export { planExtraction, type ExtractionPlan } from './restore/plan-extraction.js';
export { planTrees, type PlanOptions } from './restore/plan-trees.js';
export { removeTree } from './restore/remove-tree.js';
export { parseOnly, type RestoreSelection } from './restore/selection.js';
export {
  removeStaging,
  stageTrees,
  stagingFolders,
  type StageOptions,
  type StageProgress,
} from './restore/stage-trees.js';
export { takenNames } from './restore/taken-names.js';
export { removeKept, switchTrees, undoTrees, type SwitchOptions } from './restore/switch-trees.js';
export type {
  BackedUp,
  JournalState,
  StagedTrees,
  TreeItem,
  TreeJournal,
  TreeKind,
  TreeMove,
  TreePart,
  TreePlan,
} from './restore/trees.js';
