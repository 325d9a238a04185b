import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadConfig, type HavunConfig } from '@havun/config';
import { failureOf, type ChosenBackup } from '@havun/domain';
import { systemClock } from '@havun/service-kit';
import type { ProjectSource, SourceDetails } from '@havun/sources';
import { Storages } from '@havun/storage';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { makeArchive, projectSource } from '@havun/runner/testing';
import type { DrillJob } from '../drill/drill.js';

const name = (project: string): string => `2025-11-21-03-00-00-${project}`;
const passphrase = 'a long passphrase';

/** A machine with projects, a local and an offsite storage (both folders), and what a drill of them needs. */
export class DrillSite {
  readonly offsite: string;
  readonly scratch: string;
  readonly troubles: string[] = [];

  private constructor(
    private readonly place: TemporaryFolder,
    readonly config: HavunConfig,
  ) {
    this.offsite = join(place.path, 'offsite');
    this.scratch = join(place.path, 'scratch');
  }

  /** @param projects and databases as in the configuration; every project's root is a folder that is filled here */
  static async open(settings: {
    projects: Record<string, object>;
    databases?: object;
    drill?: object;
    offsite?: boolean;
  }): Promise<DrillSite> {
    const place = await temporaryFolder('havun-drill-');
    const file = join(place.path, 'havun.yaml');
    const { projects, offsite = true, ...others } = settings;
    const config = {
      data_dir: join(place.path, 'data'),
      storage: {
        local: { path: join(place.path, 'backups') },
        offsite: offsite ? { box: { type: 'local', path: join(place.path, 'offsite') } } : {},
      },
      uploads: { attempts: 1 },
      projects: Object.fromEntries(
        Object.entries(projects).map(([project, { paths = {}, ...rest }]: [string, { paths?: object }]) => [
          project,
          {
            encryption: { enabled: true, password: passphrase },
            ...rest,
            paths: { root: join(place.path, project), ...paths },
          },
        ]),
      ),
      ...others,
    };
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    const site = new DrillSite(place, await loadConfig({ path: file, env: {} }));
    await mkdir(site.scratch);
    for (const project of Object.keys(projects)) await fill(site.root(project));
    return site;
  }

  root(project: string): string {
    return join(this.place.path, project);
  }

  /** A backup of a project in both storages. @param change overrides in its manifest */
  async backUp(project: string, change?: (details: SourceDetails) => SourceDetails): Promise<ChosenBackup> {
    const { config, scratch } = this;
    const backupId = randomUUID();
    const { source, password } = projectSource(config, project, { encrypted: true, scratch });
    const facts = await makeArchive({
      backupId,
      attempt: 1,
      head: {
        backupId,
        name: name(project),
        project,
        host: 'local',
        timezone: config.timezone,
        createdAt: '2025-11-21T02:00:00.000Z',
        trigger: 'manual',
      },
      source: change ? retold(source, change) : source,
      local: new Storages(config.storage).named('local'),
      localFolder: config.storage.local.path,
      ...(password !== undefined && { password }),
      compression: {},
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    const { path, size, sha256, manifestSha256, entries, sourceBytes, encrypted } = facts;
    const copy = join(this.offsite, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(config.storage.local.path, path), copy);
    return {
      id: backupId,
      name: name(project),
      archive: { size, sha256, manifestSha256, entries, sourceBytes, encrypted },
      copies: ['local', 'box'].map((storage) => ({ storage, path })),
    };
  }

  offsiteCopy({ copies }: ChosenBackup): string {
    return join(this.offsite, copies[1]!.path);
  }

  job(project: string, backup: ChosenBackup, changes: Partial<DrillJob> = {}): DrillJob {
    return {
      drillId: randomUUID(),
      project,
      quarter: '2025-Q4',
      backup,
      config: this.config,
      storages: new Storages(this.config.storage),
      scratch: this.scratch,
      clock: systemClock,
      failure: failureOf,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onTrouble: (_, message) => this.troubles.push(message),
      ...changes,
    };
  }

  /** What drills have left: folders, and processes that work in this place. */
  async left(): Promise<string[]> {
    const folders = [join(this.config.data_dir, 'tmp'), join(this.config.storage.local.path, 'test-restores')];
    const names = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])));
    const credentials = await readdir(this.scratch);
    return [...names.flat().filter((each) => each.startsWith('drill-')), ...credentials, ...(await this.processes())];
  }

  private async processes(): Promise<string[]> {
    const found: string[] = [];
    for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each) && Number(each) !== process.pid)) {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const [, , , parent] = (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(' ');
      // A server whose account can't get there has a place of its own.
      const isElsewhere = line.includes('/havun-server-') && Number(parent) === process.pid;
      if (isElsewhere || line.includes(this.place.path)) found.push(line.replaceAll('\0', ' '));
    }
    return found;
  }

  /** Every file of a project, with everything about it that a drill could change. */
  async snapshot(project: string): Promise<string[]> {
    const root = this.root(project);
    const entries = (await readdir(root, { recursive: true })).sort();
    return Promise.all(
      entries.map(async (entry) => {
        const { mode, size, mtimeMs, ctimeMs, ino } = await lstat(join(root, entry));
        return [entry, mode, size, mtimeMs, ctimeMs, ino].join(' ');
      }),
    );
  }

  remove(): Promise<void> {
    return this.place.remove();
  }
}

async function fill(root: string): Promise<void> {
  await mkdir(join(root, 'storage/app'), { recursive: true });
  await mkdir(join(root, 'storage/empty'), { mode: 0o500 });
  await writeFile(join(root, '.env'), 'APP_KEY=1\n', { mode: 0o640 });
  await writeFile(join(root, 'storage/app/invoice.pdf'), Buffer.alloc(300_000, 'pdf'), { mode: 0o440 });
  await writeFile(join(root, 'storage/app/é 😀.txt'), 'text');
  await symlink('app/invoice.pdf', join(root, 'storage/latest'));
  await symlink('/etc/hosts', join(root, 'storage/elsewhere'));
  if (!existsSync(join(root, 'clients.json'))) await writeFile(join(root, 'clients.json'), '{"clients": []}');
}

/** The same source with another manifest. */
const retold = (source: ProjectSource, change: (details: SourceDetails) => SourceDetails): ProjectSource => ({
  ...source,
  async open(options) {
    const opened = await source.open(options);
    return Object.assign(opened, { details: changed(opened.details.bind(opened), change) });
  },
});

const changed =
  (details: () => SourceDetails, change: (details: SourceDetails) => SourceDetails): (() => SourceDetails) =>
  () =>
    change(details());
