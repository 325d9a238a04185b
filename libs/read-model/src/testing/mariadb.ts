// A MariaDB server for tests, whose defaults differ from ours as much as a server's may.
import { startMariadb as startServer } from '@havun/test-servers';
import { createConnection } from 'mysql2/promise';
import type { MysqlReadModelConfig } from '../read-model.js';

export interface TestMariadb {
  /** A new, empty database and a user who owns it and nothing else. */
  freshDatabase(): Promise<MysqlReadModelConfig>;
  query(sql: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startMariadb(): Promise<TestMariadb> {
  const unlike = ['--character-set-server=latin1', '--default-time-zone=+05:00', '--sql-mode='];
  const server = await startServer({ serverOptions: unlike });
  const { port, socket } = server;
  const query = async (statement: string): Promise<unknown> => {
    const connection = await createConnection({ user: 'root', socketPath: socket, multipleStatements: true });
    try {
      return (await connection.query(statement))[0];
    } finally {
      await connection.end();
    }
  };
  let databases = 0;
  return {
    query,
    async freshDatabase() {
      const database = `read_model_${(databases += 1)}`;
      await query(
        `CREATE DATABASE ${database}; CREATE USER ${database}@'%' IDENTIFIED BY 'pass word';` +
          `GRANT ALL PRIVILEGES ON ${database}.* TO ${database}@'%'`,
      );
      const password = { reveal: () => 'pass word' };
      return { type: 'mariadb', host: '127.0.0.1', port, username: database, password, database };
    },
    stop: () => server.stop(),
  };
}
