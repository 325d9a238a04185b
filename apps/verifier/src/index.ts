export { verifierService } from './app.module.js';
