import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { SqliteFile } from './database/sqlite-file.js';
import type { SqliteReadModelConfig } from './index.js';
import { startMariadb, type TestMariadb } from './testing/mariadb.js';
import { releasedReadModelContract } from './testing/released-contract.js';

describe('the read model in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'havun-released-'));
  let files = 0;
  const freshFile = (): SqliteReadModelConfig => ({ type: 'sqlite', path: join(folder, `${(files += 1)}.sqlite`) });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const fileWith = (dump: string): Promise<SqliteReadModelConfig> => {
    const config = freshFile();
    const database = new SqliteFile(config.path, { readOnly: false, timeout: 5000 });
    database.run(dump);
    database.close();
    return Promise.resolve(config);
  };
  releasedReadModelContract('read-model-0.1.sqlite.sql', fileWith, () => Promise.resolve(freshFile()));
});

describe('the read model in MariaDB', () => {
  let server: TestMariadb;
  beforeAll(async () => {
    server = await startMariadb();
  }, 120_000);
  afterAll(() => server.stop());

  const databaseWith = async (dump: string) => {
    const config = await server.freshDatabase();
    await server.query(`USE ${config.database};\n${dump}`);
    return config;
  };
  releasedReadModelContract('read-model-0.1.mariadb.sql', databaseWith, () => server.freshDatabase());
});
