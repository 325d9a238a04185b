export { mayMount, whileReadOnly, withDisk } from './mounts.js';
