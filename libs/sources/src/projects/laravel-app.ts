import type { ProjectType } from './project-type.js';

/** `database.sql`, `files/<path>`, `env-backup.txt`. */
export const laravelApp: ProjectType = {
  type: 'laravel-app',
  includeDefaults: { database: true, config: true, git: false },
  filesPrefix: 'files/',
  envFile: 'required',
  jsonDatabases: [],
};
