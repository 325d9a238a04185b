export { RestoreSite, RESTORE_TOKEN, RESTORE_NAME, sqlite } from './restore-site.js';
