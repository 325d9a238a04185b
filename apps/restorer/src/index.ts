export { restorerService } from './app.module.js';
