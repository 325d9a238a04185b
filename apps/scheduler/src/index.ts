export { schedulerService } from './app.module.js';
