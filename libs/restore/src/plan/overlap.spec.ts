import { describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { overlapProblems } from './overlap.js';

const swap = { server: 'files', live: 'database/shop.sqlite', incoming: 'in', kept: 'kept' };
const places = { data_dir: '/var/lib/havun', storage: { local: { path: '/srv/shop/storage/backups' } } };

function codes(server: object, ...items: { live: string; action: 'add' | 'replace' }[]): Promise<string[]> {
  const config = { ...places, databases: { files: server } } as unknown as HavunConfig;
  return overlapProblems({ config, root: '/srv/shop', items, databases: [swap] }).then((problems) =>
    problems.map(({ code }) => code),
  );
}
const replaced = (live: string) => ({ live, action: 'replace' as const });
const added = (live: string) => ({ live, action: 'add' as const });

describe('a database that is a file', () => {
  it('is not restored together with the folder that it lies in, or with itself as a file', async () => {
    for (const item of [replaced('/srv/shop/database'), added('/srv/shop/database/shop.sqlite')]) {
      expect(await codes({ type: 'sqlite' }, added('/srv/shop/public'), item)).toEqual(['PATHS_OVERLAP']);
    }
  });

  it('may lie beside what is restored, or elsewhere', async () => {
    expect(await codes({ type: 'sqlite' }, replaced('/srv/shop/database/shop'))).toEqual([]);
    expect(await codes({ type: 'sqlite', folder: '/var/lib/shop' }, replaced('/srv/shop/database'))).toEqual([]);
  });
});

describe('a database on a server', () => {
  it('lies in no folder', async () => {
    expect(await codes({ type: 'mariadb' }, replaced('/srv/shop/database'))).toEqual([]);
  });
});

describe('the local storage', () => {
  it('is not moved away with a folder that is replaced; one that is added moves nothing', async () => {
    expect(await codes({ type: 'mariadb' }, replaced('/srv/shop/storage'))).toEqual(['PATHS_OVERLAP']);
    expect(await codes({ type: 'mariadb' }, added('/srv/shop/storage'))).toEqual([]);
  });
});
