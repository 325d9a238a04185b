import { describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { refuseDatabaseInFiles } from './restorable.js';

const swap = { server: 'files', live: 'database/shop.sqlite', incoming: 'in', kept: 'kept' };
const item = (live: string) => ({ live }) as never;
const configWith = (server: object): HavunConfig => ({ databases: { files: server } }) as never;
const refuse = (server: object, ...live: string[]) => {
  refuseDatabaseInFiles(configWith(server), { root: '/srv/shop', items: live.map(item) }, [{ swap }]);
};

describe('a database that is a file', () => {
  it('is not restored together with the folder that it lies in, or with itself as a file', () => {
    for (const live of ['/srv/shop/database', '/srv/shop/database/shop.sqlite']) {
      expect(() => {
        refuse({ type: 'sqlite' }, '/srv/shop/storage', live);
      }).toThrow('which is restored as well');
    }
  });

  it('may lie beside what is restored, or elsewhere', () => {
    refuse({ type: 'sqlite' }, '/srv/shop/database/shop', '/srv/shop/storage');
    refuse({ type: 'sqlite', folder: '/var/lib/shop' }, '/srv/shop/database');
  });
});

describe('a database on a server', () => {
  it('lies in no folder', () => {
    refuse({ type: 'mariadb' }, '/srv/shop/database');
  });
});
