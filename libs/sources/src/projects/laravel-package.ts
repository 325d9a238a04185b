import type { ProjectType } from './project-type.js';

/** Its own tree, `.git`, and `env-backup.txt`, which holds the keys of its vault. */
export const laravelPackage: ProjectType = {
  type: 'laravel-package',
  includeDefaults: { database: false, config: true, git: true },
  filesPrefix: '',
  envFile: 'required',
  jsonDatabases: [],
};
