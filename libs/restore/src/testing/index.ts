export { RestoreSite, RESTORE_TOKEN, RESTORE_NAME, sqlite, type SiteSettings } from './restore-site.js';
