import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '@havun/domain';
import { startMariadb, startSshd, type Sshd, type TestMariadb } from '@havun/test-servers';
import type { HavunOptions } from './havun.js';
import { jsonOf, type Answer } from './havun.js';
import { writeLaravelProject } from './laravel-project.js';
import { makeSite, type Settings, type Site } from './site.js';
import { backupUser, makeWebshop } from './webshop-database.js';

/** A site whose one project, `webshop`, has a real database, and whose second storage is a real SFTP server. */
export interface Webshop extends Site {
  readonly mariadb: TestMariadb;
  readonly sshd: Sshd;
  /** Where backups lie on the SFTP server. */
  readonly offsite: string;
  /** The key to log in there with; it outlives the server. */
  readonly keyFile: string;
  /** Runs `backup:run` for the project to its end. @returns the process' answer, and what it says of the run */
  backUp(options?: Partial<HavunOptions>): Promise<Answer & { readonly run: RunAnswer }>;
  close(): Promise<void>;
}

/** What `backup:run --wait --json` says of one project. */
export interface RunAnswer {
  readonly project: string;
  readonly backup: string;
  readonly id: string;
  readonly status: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly copies?: readonly { readonly storage: string; readonly path: string; readonly verified: boolean }[];
  readonly failure?: Failure;
  readonly failures?: readonly (Failure & { readonly storage: string })[];
}

/** Starts the servers, makes the project, and writes a good configuration. */
export async function openWebshop({ invoices }: { readonly invoices: number }): Promise<Webshop> {
  const site = await makeSite();
  const offsite = join(site.folder, 'offsite');
  await mkdir(offsite);
  const [mariadb, sshd] = await Promise.all([startMariadb(), startSshd({ root: offsite })]);
  await Promise.all([makeWebshop(mariadb), writeLaravelProject(site.root, { invoices })]);
  const keyFile = join(site.folder, 'id_ed25519');
  await copyFile(sshd.privateKeyFile, keyFile);
  const webshop: Webshop = {
    ...site,
    keyFile,
    mariadb,
    sshd,
    offsite,
    backUp: async (options) => {
      const answer = await site.havun(['backup:run', '--project=webshop', '--wait', '--json'], options);
      const [run] = jsonOf(answer) as readonly RunAnswer[];
      if (!run) throw new Error(`no run in ${answer.stdout}`);
      return { ...answer, run };
    },
    close: async () => {
      await Promise.all([mariadb.stop(), sshd.stop()]);
      await site.remove();
    },
  };
  await site.configure(webshopSettings(webshop));
  return webshop;
}

export const archivePassphrase = 'a passphrase of the e2e tests: é€ 7';

/** A good configuration, to be changed as a test wants. */
export function webshopSettings({ mariadb, sshd, offsite, keyFile }: Webshop) {
  const hetzner: Settings = {
    type: 'sftp',
    host: sshd.host,
    port: sshd.port,
    username: sshd.username,
    private_key_file: keyFile,
    host_key: sshd.hostKeyFingerprint,
    path: offsite,
  };
  const main: Settings = { type: 'mariadb', host: mariadb.host, port: mariadb.port, ...backupUser };
  const webshop: Settings & { include: Settings; encryption: Settings } = {
    type: 'laravel-app',
    priority: 'critical',
    schedule: '0 3 * * *',
    paths: { root: 'site', database: 'webshop', server: 'main' },
    include: { database: true, files: ['storage/app'], config: true },
    retention: { hot_retention_days: 30, archive_retention_years: 7, auto_cleanup_archive: false },
    compliance: { required: true, type: 'belastingdienst', data_classification: 'financial' },
    encryption: { enabled: true, password: archivePassphrase },
  };
  return {
    data_dir: 'data',
    uploads: { attempts: 2, first_delay_seconds: 0.1, max_delay_seconds: 0.2, wait_hours: 0 },
    databases: { main },
    storage: { local: { path: 'backups' }, offsite: { hetzner } },
    projects: { webshop },
  };
}
