import type { ProjectSource, ProjectSourceConfig, SourceEnvironment } from './source.js';

/** The reader of one project. Nothing is touched before `plan` or `open`. */
export function createSource(_config: ProjectSourceConfig, _environment: SourceEnvironment = {}): ProjectSource {
  throw new Error('not built yet');
}
