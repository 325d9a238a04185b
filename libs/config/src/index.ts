export {
  projectHost,
  projectPolicy,
  projectSourceConfig,
  secretsIn,
  type HavunConfig,
  type ProjectConfig,
  type ReadModelSettings,
} from './config.js';
export { environment, findConfigFile, searchPath, type Search } from './environment.js';
export { checkConfig, loadConfig, type ConfigCheck, type ConfigSource } from './load.js';
export { nearest } from './nearest.js';
export { ProjectConfigurationError } from './project-configuration-error.js';
export { ConfigError, renderProblem, type ConfigErrorCode, type ConfigProblem } from './problem.js';
export { scrubber, type Scrub } from './scrub.js';
export type { Environment } from './variables.js';
export { Secret } from '@havun/storage';
