import { lstat, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { invoicePath } from './laravel-project.js';
import { hashesUnder } from './site.js';
import { openWebshop, webshopSettings, type Webshop } from './webshop.js';
import { contentOf } from './webshop-database.js';

/** The login that restores, with no more than the example of the configuration asks for. */
export const restoreUser = { restore_username: 'restore', restore_password: 'restore-Pass#"1\'' };
const restoreGrants = [
  'ALL PRIVILEGES ON `webshop`.*',
  'ALL PRIVILEGES ON `webshop\\_test`.*',
  'ALL PRIVILEGES ON `havun\\_incoming\\_%`.*',
  'ALL PRIVILEGES ON `havun\\_kept\\_%`.*',
  'SET USER ON *.*',
  'SELECT ON `mysql`.`proc`',
];

type Settings = ReturnType<typeof webshopSettings>;

export interface RestorableWebshop extends Webshop {
  /** Writes the configuration of this site with changes. */
  reconfigure(change: (settings: Settings) => unknown): Promise<void>;
}

/** A webshop whose configuration can restore, too: to production, and to a test environment. */
export async function openRestorableWebshop({ invoices }: { readonly invoices: number }): Promise<RestorableWebshop> {
  const shop = await openWebshop({ invoices });
  await shop.mariadb.createUser(restoreUser.restore_username, restoreUser.restore_password, restoreGrants);
  const restorable: RestorableWebshop = {
    ...shop,
    reconfigure: async (change) => {
      const settings = webshopSettings(shop);
      Object.assign(settings.databases.main, restoreUser);
      Object.assign(settings.projects.webshop, { test: { root: join(shop.folder, 'test'), database: 'webshop_test' } });
      await shop.configure((change(settings) ?? settings) as Settings);
    },
  };
  await restorable.reconfigure(() => undefined);
  return restorable;
}

/** What a person would call the site: its database, its files with their modes and links, its `.env`. */
export async function stateOf({ mariadb, root }: Webshop, database = 'webshop', at = root): Promise<object> {
  const files = Object.entries(await hashesUnder(at)).filter(([path]) => !isKept(path));
  return { database: await contentOf(mariadb, database), files: Object.fromEntries(files), shape: await shapeOf(at) };
}

const isKept = (path: string): boolean => path.includes('.before-restore-');

/** Kind, mode and target of everything under a folder; time of files. */
async function shapeOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const shapes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, mtimeMs } = await lstat(path);
      const what = entry.isSymbolicLink() ? `-> ${await readlink(path)}` : (mode & 0o7777).toString(8);
      return [
        path.slice(folder.length + 1),
        `${what}${entry.isFile() ? ` ${Math.floor(mtimeMs / 1000)}` : ''}`,
      ] as const;
    }),
  );
  return Object.fromEntries(shapes.filter(([path]) => !isKept(path)).sort());
}

/** Loses orders, a table, a trigger and invoices, and leaves something that was not there before. */
export async function disaster({ mariadb, root }: Webshop): Promise<void> {
  await mariadb.rootClient(
    "DROP TRIGGER log_order; DROP PROCEDURE count_orders; DELETE FROM order_log WHERE order_id > 100; DELETE FROM orders WHERE id > 5; UPDATE customers SET note = 'lost' WHERE id < 50; CREATE TABLE intruder (id INT);",
    'webshop',
  );
  await rm(join(root, invoicePath(3)));
  await writeFile(join(root, invoicePath(4)), 'overwritten');
  await writeFile(join(root, 'storage/app/exports/malware.php'), '<?php');
}

/** Names of databases and files that a restore has left. The scratch folders of a stack that is up are there, and empty. */
export async function leftOvers({ mariadb, root, folder, dataDir, backups }: Webshop): Promise<string[]> {
  const databases = await mariadb.rootClient("SHOW DATABASES LIKE 'havun%'");
  const named = async (place: string): Promise<string[]> =>
    (await namesIn(place)).filter((name) => /havun-restore|before-restore/.test(name));
  const scratch = await Promise.all(
    (await namesIn(join(dataDir, 'tmp'))).map((name) => namesIn(join(dataDir, 'tmp', name))),
  );
  return [
    ...databases.split('\n').filter((name) => name !== ''),
    ...(await named(root)),
    ...(await named(folder)).filter((name) => !name.includes('/')),
    ...(await namesIn(join(backups, '.restores'))),
    ...(await namesIn(join(dataDir, 'restores'))),
    ...scratch.flat(),
  ];
}

const namesIn = (place: string): Promise<string[]> => readdir(place, { recursive: true }).catch(() => []);

/** The end of a restore is on record a moment before its folder goes. */
export async function nothingLeft(site: Webshop): Promise<void> {
  for (let look = 0; look < 50 && (await leftOvers(site)).length > 0; look += 1) await sleep(100);
  expect(await leftOvers(site)).toEqual([]);
}
