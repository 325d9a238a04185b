import { describe, expect, it } from '@jest/globals';
import type { SourceDetails } from '@havun/sources';
import { manifestDetails } from './manifest.js';

const head = {
  backupId: 'b',
  name: '2025-11-21-03-00-00-mcp',
  project: 'mcp',
  host: 'web1',
  timezone: 'Europe/Amsterdam',
  createdAt: '2025-11-21T02:00:00.000Z',
  trigger: 'schedule',
} as const;
const source: SourceDetails = {
  project: 'mcp',
  type: 'nodejs-app',
  include: [{ path: 'clients.json', kind: 'json-database', optional: false }],
  databases: [],
  versions: { node: '>=20', php: '^8.2' },
  runtimes: { node: '20.20.2', php: '8.2.36' },
  warnings: [],
  missing: [],
};

describe('the head of a manifest', () => {
  it('has a database where JSON files are the database', () => {
    expect(manifestDetails(head, source)['database']).toBe(true);
    expect(manifestDetails(head, { ...source, include: [] })['database']).toBe(false);
  });

  it('tells what is installed from what the project requires', () => {
    const { php_version, php_required, node_version, node_required } = manifestDetails(head, source);
    expect([php_version, php_required]).toEqual(['8.2.36', '^8.2']);
    expect([node_version, node_required]).toEqual(['20.20.2', '>=20']);
    const unknown = manifestDetails(head, { ...source, runtimes: {}, versions: {} });
    expect(Object.keys(unknown).filter((key) => /php|node_/.test(key))).toEqual([]);
  });
});
