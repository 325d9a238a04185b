import type { ProjectType } from './project-type.js';

/** Its own tree with its JSON databases, and `env-backup.txt` if it has an `.env`; many have none. */
export const nodejsApp: ProjectType = {
  type: 'nodejs-app',
  includeDefaults: { database: true, config: true, git: false },
  filesPrefix: '',
  envFile: 'if-present',
  jsonDatabases: ['clients.json', 'messages.json'],
};
