import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { secret } from './testing/consume.js';
import { databaseServerSchema, includeSchema, pathsSchema } from './index.js';

const servers = databaseServerSchema(z.string().transform(secret));

describe('the configuration of a source', () => {
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
    expect(pathsSchema.safeParse({ root: 'relative/path' }).success).toBe(false);
    expect(includeSchema.safeParse({ folders: [] }).success).toBe(false);
  });

  it('takes the paths of the original configuration, and marked ones', () => {
    const files = ['storage/app/invoices', '*.md', { path: 'maybe', optional: true }];
    expect(includeSchema.parse({ database: true, files, config: true }).files).toEqual(files);
    expect(pathsSchema.safeParse({ root: 'D:/GitHub/HavunCore' }).success).toBe(true);
  });
});
