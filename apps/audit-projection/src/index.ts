export { auditProjectionService } from './app.module.js';
