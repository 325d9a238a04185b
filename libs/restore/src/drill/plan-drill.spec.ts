import { describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import type { DatabaseDetails } from '@havun/databases';
import { planDrillDatabases } from './plan-drill.js';

const details: DatabaseDetails = {
  name: 'shop',
  kind: 'mariadb',
  entry: 'database.sql',
  server_version: '10.11.6-MariaDB',
  client: 'mariadb-dump',
  client_version: '10.11.6',
  tables: [],
  views: [],
  routines: 0,
  triggers: 0,
  events: 0,
  longest_statement_bytes: 17_000_200,
  max_statement_bytes: 16 * 2 ** 20,
};

describe('a drill', () => {
  it('does not pass with a dump that the server which it comes from would refuse', async () => {
    const config = { projects: {}, databases: {}, drill: {} } as unknown as HavunConfig;
    const { databases, problems } = await planDrillDatabases(config, {
      project: 'shop',
      databases: [details],
      scratch: '/nowhere',
    });
    expect(databases).toEqual([]);
    expect(problems).toMatchObject([{ code: 'STATEMENT_TOO_LONG', retryable: false }]);
    expect(problems[0]?.message).toContain('17000200');
  });
});
