import { existsSync, lstatSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeArchive } from '@havun/archive';
import { loadConfig, projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import type { ChosenBackup } from '@havun/domain';
import { createSource } from '@havun/sources';
import { runProgram, temporaryFolder, type TemporaryFolder } from '@havun/test-servers';

export const RESTORE_TOKEN = '20251122031000';
export const RESTORE_NAME = 'restore-2025-11-22-03-10-00-shop';
const backupName = '2025-11-21-03-00-00-shop';
const path = `shop/hot/${backupName}.zip`;
const passphrase = 'a long passphrase';

export interface SiteSettings {
  /** Whether the database file is in a folder that is restored as well. */
  readonly databaseInFiles?: boolean;
  /** Absent: no test environment. */
  readonly test?: { readonly database: boolean };
  /** A second name of a server, for the test environment; its folder is that of production where it has none. */
  readonly testServer?: { readonly database: string; readonly server: object };
  /** The configured password; the backup was made with the right one. */
  readonly password?: 'right' | 'wrong' | 'none';
  readonly before?: readonly string[];
  /** Replaces the SQLite file. */
  readonly database?: { readonly name: string; readonly server: object };
}

/**
 * A project with files and a database, a local and an offsite storage, and a backup of it. `disk` holds everything that a restore
 * replaces, so that another disk can be mounted over it.
 */
export class RestoreSite {
  private constructor(
    private readonly place: TemporaryFolder,
    readonly backup: ChosenBackup,
  ) {}

  /** Creates the project as it was, and backs it up with these settings. */
  static async open(settings: SiteSettings = {}): Promise<RestoreSite> {
    const place = await temporaryFolder('havun-restore-site-');
    const draft = new RestoreSite(place, {} as ChosenBackup);
    await draft.fill();
    const config = await draft.config(settings);
    const source = await createSource(projectSourceConfig(config, 'shop'), { searchPath: searchPath() }).open();
    await mkdir(dirname(draft.kept), { recursive: true });
    const { size, sha256, manifestSha256, entries, sourceBytes, encrypted } = await writeArchive({
      path: draft.kept,
      password: passphrase,
      entries: source.entries(),
      manifest: () => ({ backup_name: backupName, ...source.details() }),
    });
    await source.close();
    const archive = { size, sha256, manifestSha256, entries, sourceBytes, encrypted };
    const copies = ['local', 'box'].map((storage) => ({ storage, path }));
    const site = new RestoreSite(place, {
      id: 'b4c0ffee-0000-4000-8000-000000000001',
      name: backupName,
      archive,
      copies,
    });
    await site.putBack();
    return site;
  }

  get disk(): string {
    return join(this.place.path, 'disk');
  }
  get root(): string {
    return join(this.disk, 'shop');
  }
  get testRoot(): string {
    return join(this.disk, 'test');
  }
  get folder(): string {
    return join(this.disk, 'taken out');
  }
  /** The archive, outside every storage. */
  private get kept(): string {
    return join(this.place.path, 'made', 'backup.zip');
  }

  /** Path of the copy in a storage. */
  copy(storage: 'local' | 'offsite'): string {
    return join(this.place.path, storage, path);
  }

  async config({
    databaseInFiles,
    test,
    testServer,
    password = 'right',
    before = [],
    database,
  }: SiteSettings): Promise<HavunConfig> {
    const key = { right: passphrase, wrong: 'quite another one', none: undefined }[password];
    const name = database?.name ?? 'database/shop.sqlite';
    const text = {
      data_dir: join(this.place.path, 'data'),
      storage: {
        local: { path: join(this.place.path, 'local') },
        offsite: { box: { type: 'local', path: join(this.place.path, 'offsite') } },
      },
      uploads: { attempts: 1 },
      databases: { main: database?.server ?? { type: 'sqlite' }, ...(testServer && { other: testServer.server }) },
      projects: {
        shop: {
          type: 'laravel-app',
          encryption: key === undefined ? { enabled: false } : { enabled: true, password: key },
          paths: { root: this.root, database: name, server: 'main' },
          include: { files: ['storage', '*.md', ...(databaseInFiles ? ['database'] : [])], config: true },
          restore: { before },
          ...(testServer && { test: { root: this.testRoot, database: testServer.database, server: 'other' } }),
          ...(test && {
            test: { root: this.testRoot, ...(test.database && { database: `${database ? '' : 'database/'}test` }) },
          }),
        },
      },
    };
    const file = join(this.place.path, 'havun.yaml');
    await writeFile(file, JSON.stringify(text), { mode: 0o600 });
    return loadConfig({ path: file, env: {} });
  }

  /** Restores the project as it was when it was backed up, and both copies as they were made; everything else is removed. */
  async putBack(): Promise<void> {
    for (const each of ['disk', 'data', 'local', 'offsite']) await empty(join(this.place.path, each));
    for (const storage of ['local', 'offsite'] as const) {
      await mkdir(dirname(this.copy(storage)), { recursive: true });
      if (existsSync(this.kept)) await copyFile(this.kept, this.copy(storage));
    }
    await this.fill();
  }

  private async fill(): Promise<void> {
    for (const folder of ['storage/app', 'database']) await mkdir(join(this.root, folder), { recursive: true });
    await mkdir(join(this.testRoot, 'database'), { recursive: true });
    await writeFile(join(this.root, '.env'), 'APP_KEY=1\n');
    await writeFile(join(this.root, 'readme.md'), 'read me');
    await writeFile(join(this.root, 'storage/app/invoice.pdf'), Buffer.alloc(300_000, 'pdf'));
    await symlink('app/invoice.pdf', join(this.root, 'storage/latest'));
    await sqlite(
      join(this.root, 'database/shop.sqlite'),
      'CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2), (3);',
    );
  }

  /** Everything that a restore may replace, by path: kind and content. A database is given as its rows. */
  async state(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const name of (await readdir(this.disk, { recursive: true })).sort()) {
      const at = join(this.disk, name);
      const stats = await lstat(at);
      found[name] = stats.isFile() ? (await readFile(at)).toString('base64').slice(0, 2000) : `${stats.mode}`;
    }
    return found;
  }

  remove(): Promise<void> {
    return this.place.remove();
  }
}

/** Runs SQL on a file, which is created if missing. @returns what it prints */
export async function sqlite(file: string, sql: string): Promise<string> {
  return (await runProgram('sqlite3', [file], { input: sql })).trim();
}

/** A disk may be mounted on the folder, so the folder itself stays. A link is removed. */
async function empty(folder: string): Promise<void> {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) await rm(folder);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}
