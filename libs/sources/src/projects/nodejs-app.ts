import type { ProjectType } from './project-type.js';

/** Its own tree, its JSON databases among it, and `env-backup.txt` if it has an `.env`, which many have not. */
export const nodejsApp: ProjectType = {
  type: 'nodejs-app',
  includeDefaults: { database: true, config: true, git: false },
  filesPrefix: '',
  envFile: 'if-present',
  jsonDatabases: ['clients.json', 'messages.json'],
};
