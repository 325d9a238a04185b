export { ChildPrograms } from './child.js';
export { credentials } from './credentials.js';
export { eventually } from './eventually.js';
export { TestNats } from './nats-server.js';
