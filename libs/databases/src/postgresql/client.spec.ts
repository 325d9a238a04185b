import { describe, expect, it } from '@jest/globals';
import { secret } from '../testing/secret.js';
import { connectionString, type PostgresqlLocation } from './client.js';
import { clientFailure } from './client-failure.js';

const location: PostgresqlLocation = {
  server: { type: 'postgresql', host: 'db', port: 5432, username: "back'up", password: secret('planted') },
  database: 'app=db',
  root: '/srv',
  environment: { searchPath: '', tempDir: '', systemRoot: '/' },
};

describe('a client of PostgreSQL', () => {
  it.each([
    ['pg_dump: error: query failed: ERROR:  permission denied for table orders', 'MISSING_PRIVILEGE', false],
    ['pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout', 'DUMP_FAILED', true],
    [
      'pg_dump: error: Dumping the contents of table "t" failed: server closed the connection unexpectedly',
      'DUMP_INCOMPLETE',
      true,
    ],
    ['pg_dump: error: query failed: ERROR:  relation "public.orders" does not exist', 'DUMP_INCOMPLETE', true],
    ['pg_dump: error: query failed: ERROR:  could not open relation with OID 16403', 'DUMP_INCOMPLETE', true],
    ['pg_dump: error: query failed: ERROR:  invalid page in block 0 of relation base/1/2', 'DUMP_FAILED', false],
    [
      'connection to server at "db", port 5432 failed: FATAL:  sorry, too many clients already',
      'DATABASE_UNREACHABLE',
      true,
    ],
    ['connection failed: FATAL: password authentication failed for user "b" (planted)', 'ACCESS_DENIED', false],
  ])('means by «%s» %s', (stderr, code, retryable) => {
    const error = clientFailure({ code: 1, stderr, during: 'dump' }, location);
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toContain('planted');
  });

  it('is told everything but the password, whatever the names contain', () => {
    expect(connectionString(location)).toBe(
      "host='db' port='5432' user='back\\'up' dbname='app=db' connect_timeout='15'",
    );
  });
});
