export { uploaderService } from './app.module.js';
