export { freePort } from './free-port.js';
export { startMariadb, type MariadbOptions, type TestMariadb } from './mariadb.js';
export { startNatsServer, natsServerBinary, type NatsServerOptions, type TestNatsServer } from './nats-server.js';
export { startPostgresql, type TestPostgresql } from './postgresql.js';
export { runProgram } from './run-program.js';
export { startSshd, type Sshd, type SshdOptions } from './sshd.js';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';
