export { tablesOf } from './tables-of-file.js';
