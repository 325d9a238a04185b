export { runnerService } from './app.module.js';
