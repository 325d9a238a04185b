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
export { projectTypes } from './projects/project-types.js';
export type { ProjectType } from './projects/project-type.js';
export { SourceError, type SourceErrorCode, type SourceProblem } from './errors.js';
export type {
  IncludedPath,
  IncludeKind,
  OpenSource,
  PlannedDatabase,
  PlannedPath,
  ProjectSource,
  ProjectSourceConfig,
  SourceDetails,
  SourcePlan,
  SourceVersions,
  SourceWarning,
  SourceWarningCode,
} from './source.js';
export { backedUp, entryOf, type ArchivedEntry } from './restore/archived-entry.js';
export { entrySelector, extractTo, type ExtractToOptions } from './restore/extract-to.js';
export { readJournal, type JournalPlace } from './restore/journal.js';
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
