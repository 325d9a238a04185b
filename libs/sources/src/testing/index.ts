export { mayMount, whileReadOnly, withDisk } from './mounts.js';
export { WEB_USER, whileRacing } from './racer.js';
