import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sshd, TestMariadb } from '@havun/test-servers';
import { temporaryFolder } from '@havun/test-servers';
import { havun, jsonOf, type Answer, type HavunOptions } from './havun.js';

/** What stands in `havun.yaml`, which is written as JSON: every JSON document is YAML. */
export type Settings = Record<string, unknown>;

/** One machine with HavunCore on it: a folder with a `havun.yaml`, its data, its backups and its project. */
export interface Site {
  readonly folder: string;
  readonly dataDir: string;
  /** The folder of the project to back up. */
  readonly root: string;
  /** Where local hot storage is. */
  readonly backups: string;
  configure(settings: Settings): Promise<void>;
  /** Runs a command in the site's folder. */
  havun(args: readonly string[], options?: Omit<HavunOptions, 'cwd'>): Promise<Answer>;
  remove(): Promise<void>;
}

export async function makeSite(): Promise<Site> {
  const { path: folder, remove } = await temporaryFolder('havun-e2e-');
  const [root, backups] = [join(folder, 'site'), join(folder, 'backups')];
  await Promise.all([mkdir(root), mkdir(backups)]);
  return {
    folder,
    dataDir: join(folder, 'data'),
    root,
    backups,
    configure: (settings) => writeFile(join(folder, 'havun.yaml'), JSON.stringify(settings, null, 2), { mode: 0o600 }),
    havun: (args, options) => havun(args, { cwd: folder, ...options }),
    remove,
  };
}

export interface Servers {
  readonly mariadb: TestMariadb;
  readonly sshd: Sshd;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A good configuration: the project `webshop` on a real database, with copies in local storage and on an SFTP server. */
export function webshopSettings({ mariadb, sshd }: Servers, { username, password }: Login): WebshopSettings {
  return {
    data_dir: 'data',
    uploads: { attempts: 2, first_delay_seconds: 0.1, max_delay_seconds: 0.2 },
    databases: { main: { type: 'mariadb', host: mariadb.host, port: mariadb.port, username, password } },
    storage: { local: { path: 'backups' }, offsite: { hetzner: sftpSettings(sshd) } },
    projects: {
      webshop: {
        type: 'laravel-app',
        priority: 'critical',
        schedule: '0 3 * * *',
        paths: { root: 'site', database: 'webshop', server: 'main' },
        include: { database: true, files: ['storage/app'], config: true },
        retention: { hot_retention_days: 30, archive_retention_years: 7, auto_cleanup_archive: false },
        compliance: { required: true, type: 'belastingdienst', data_classification: 'financial' },
        encryption: { enabled: true, password: archivePassphrase },
      },
    },
  };
}

export const archivePassphrase = 'a passphrase of the e2e tests: é€ 7';

export type WebshopSettings = Settings & {
  databases: { main: Settings };
  storage: { local: Settings; offsite: { hetzner: Settings } };
  projects: { webshop: Settings & { paths: Settings; include: Settings; encryption: Settings } };
};

const sftpSettings = (sshd: Sshd): Settings => ({
  type: 'sftp',
  host: sshd.host,
  port: sshd.port,
  username: sshd.username,
  private_key_file: sshd.privateKeyFile,
  host_key: sshd.hostKeyFingerprint,
  path: sshd.root,
});

/** What `backup:run --wait --json` says of one project. */
export interface RunAnswer {
  readonly project: string;
  readonly backup: string;
  readonly id: string;
  readonly status: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly copies?: readonly { readonly storage: string; readonly state: string }[];
  readonly failure?: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** Backs the web shop up, to the end. @returns the process' answer, and what it says of the project */
export async function backUp(site: Site, options?: Omit<HavunOptions, 'cwd'>): Promise<Answer & { run: RunAnswer }> {
  const answer = await site.havun(['backup:run', '--project=webshop', '--wait', '--json'], options);
  const [run] = jsonOf<RunAnswer[]>(answer);
  if (!run) throw new Error(`no run in ${answer.stdout}`);
  return { ...answer, run };
}

/** The SHA-256 of every file under a folder, by its path in there. */
export async function hashesUnder(folder: string): Promise<Record<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const hashes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const path = join(file.parentPath, file.name);
        return [
          path.slice(folder.length + 1),
          createHash('sha256')
            .update(await readFile(path))
            .digest('hex'),
        ] as const;
      }),
  );
  return Object.fromEntries(hashes.sort(([a], [b]) => a.localeCompare(b)));
}
