export { freePort } from './free-port.js';
export { startNatsServer, natsServerBinary, type NatsServerOptions, type TestNatsServer } from './nats-server.js';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';
