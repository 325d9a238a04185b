export { runnerService } from './app.module.js';
export { restorerService } from './restore/restorer.module.js';
