import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { secret } from './testing/secret.js';
import { databaseServerSchema } from './index.js';

const servers = databaseServerSchema(z.string().transform(secret));

describe('the configuration of a database server', () => {
  it('fills in where a server usually listens, and wraps its password', () => {
    const parsed = servers.parse({ type: 'mariadb', username: 'backup', password: 'planted' });
    expect(parsed).toMatchObject({ type: 'mariadb', host: '127.0.0.1', port: 3306 });
    expect(JSON.stringify(parsed)).not.toContain('planted');
    expect(servers.parse({ type: 'postgresql', username: 'backup' })).toMatchObject({ port: 5432 });
    expect(servers.parse({ type: 'sqlite' })).toEqual({ type: 'sqlite' });
  });

  it('refuses unknown kinds, unknown keys and impossible ports', () => {
    expect(servers.safeParse({ type: 'oracle' }).success).toBe(false);
    expect(servers.safeParse({ type: 'sqlite', host: 'x' }).success).toBe(false);
    expect(servers.safeParse({ type: 'mysql', username: 'x', port: 70_000 }).success).toBe(false);
  });
});
