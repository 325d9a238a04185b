export { includeSchema, pathsSchema, projectTypeSchema } from './config.js';
export { createSource } from './create-source.js';
export { databaseServerSchema, type DatabaseServerConfig, type DatabaseType } from './databases/config.js';
export { connectRestorer } from './databases/kinds.js';
export {
  findThrowAwayPrograms,
  removeLeftThrowAwayServer,
  startThrowAwayServer,
  type ThrowAwayServer,
} from './databases/throw-away-server.js';
export { isSameFamily, serverIdentity } from './databases/server-identity.js';
export type { DatabaseRestorer } from './databases/database-kind.js';
export { projectTypes } from './projects/project-types.js';
export { SourceError } from './errors.js';
export type {
  DatabaseDetails,
  OpenSource,
  ProjectSource,
  ProjectSourceConfig,
  SourceDetails,
  SourcePlan,
} from './source.js';
export { backedUp } from './restore/archived-entry.js';
export { entrySelector, extractTo } from './restore/extract-to.js';
export { planTrees } from './restore/plan-trees.js';
export { removeTree } from './restore/remove-tree.js';
export { parseOnly, type RestoreSelection } from './restore/selection.js';
export { removeStaging, stageTrees, stagingFolders } from './restore/stage-trees.js';
export { removeKept, switchTrees, undoTrees } from './restore/switch-trees.js';
export type { BackedUp, StagedTrees, TreePlan } from './restore/trees.js';
