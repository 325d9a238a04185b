export {
  projectHost,
  projectPolicy,
  retentionPolicy,
  projectSourceConfig,
  secretsIn,
  type HavunConfig,
  type ProjectConfig,
} from './config.js';
export { changedFixedKeys, configFingerprint } from './difference.js';
export { environment, findConfigFile, searchPath } from './environment.js';
export { checkConfig, loadConfig } from './load.js';
export { nearest } from './nearest.js';
export { ProjectConfigurationError } from './project-configuration-error.js';
export { renderProblem } from './problem.js';
export { scrubber, type Scrub } from './scrub.js';
export { Secret } from '@havun/storage';
export { loadProposedPolicy } from './proposed-policy.js';
