export { retentionService } from './app.module.js';
