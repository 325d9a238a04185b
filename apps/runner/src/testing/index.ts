export { makeArchive } from '../archive-job.js';
export { projectSource } from '../project-source.js';
