export { forward } from './forward.js';
export { freePort } from './free-port.js';
export { startMariadb, type TestMariadb } from './mariadb.js';
export { startNatsServer, natsServerBinary, type TestNatsServer } from './nats-server.js';
export { postgresqlRoot, startPostgresql, type TestPostgresql } from './postgresql.js';
export { runProgram } from './run-program.js';
export { startSshd, type Sshd } from './sshd.js';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';
