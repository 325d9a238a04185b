import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig, projectPolicy, type HavunConfig } from '@havun/config';
import {
  archivePath,
  backupDecider,
  checksumContent,
  checksumPath,
  cleanupDecider,
  fold,
  hotArchivePath,
  isEnded,
  type BackupEvent,
  type BackupEventData,
  type CleanupEvent,
  type CleanupState,
  type EndedBackup,
  type HavunEvent,
  type StreamId,
} from '@havun/domain';
import { backupName } from '@havun/domain/testing';
import { LogFollower, type EventStore } from '@havun/event-store';
import { openReadModel, type ReadModel } from '@havun/read-model';
import { openServiceContext, type ServiceContext } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { temporaryFolder, type Sshd, type TemporaryFolder } from '@havun/test-servers';
import { BackupRuns, CleanupRuns, requestCleanup } from '@havun/use-cases';
import { CleanupService } from '../cleanup/cleanup.service.js';
import { Tables } from '../tables.js';

export interface WorldOptions {
  readonly connection: NatsConnection;
  readonly sshd: Sshd;
  /** As in the configuration; roots and passwords are filled in. */
  readonly projects: Record<string, object>;
  readonly retention?: object;
}

export interface AddedBackup {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly hot: string;
  readonly archived: string;
}

/** What a test does between two steps of the service: told of each event right before it is appended. */
export type BeforeEvent = (event: HavunEvent, stream: StreamId) => Promise<void>;

/** A machine with backups in a local folder and on an SFTP server, the log that knows them, and a clock that a test moves. */
export class RetentionWorld {
  now = new Date('2025-11-21T06:00:00.000Z');
  beforeEvent: BeforeEvent = () => Promise.resolve();
  afterEvent: BeforeEvent = () => Promise.resolve();
  private readonly stop = new AbortController();
  private readonly open: Storages[] = [];
  private readonly tables: Tables[] = [];
  private readonly following: Promise<void>;
  private readonly follower: LogFollower;
  readonly store: EventStore;

  private constructor(
    private readonly folder: TemporaryFolder,
    readonly config: HavunConfig,
    readonly context: ServiceContext,
    private readonly readModel: ReadModel,
    readonly places: { readonly local: string; readonly hetzner: string },
  ) {
    this.follower = new LogFollower({
      store: context.store,
      signal: this.stop.signal,
      reader: { checkpoint: () => readModel.checkpoint(), apply: (events) => readModel.project(events) },
    });
    this.following = this.follower.follow();
    this.store = this.told(context.store);
  }

  static async open({ connection, sshd, projects, retention = {} }: WorldOptions): Promise<RetentionWorld> {
    const folder = await temporaryFolder('havun-retention-');
    const places = { local: join(folder.path, 'backups'), hetzner: join(folder.path, 'box') };
    for (const place of Object.values(places)) await mkdir(place);
    const config = await configuration(folder.path, places, { sshd, projects, retention });
    const log = { write: () => undefined };
    const context = await openServiceContext({ service: 'retention', config, connection, log });
    const readModel = await openReadModel(config.read_model);
    return new RetentionWorld(folder, config, context, readModel, places);
  }

  async remove(): Promise<void> {
    this.stop.abort();
    await Promise.all([this.following, this.follower.idle()]);
    await this.readModel.close();
    for (const tables of this.tables) await tables.onModuleDestroy();
    for (const storages of this.open) await storages.close();
    this.context.progress.close();
    await this.folder.remove();
  }

  /** Another one stands for another process. */
  service(config: HavunConfig = this.config): CleanupService {
    const { leases, ids, logger } = this.context;
    const clock = { now: () => this.now };
    const deps = { store: this.store, clock, ids, scrub: (text: string) => text, service: 'retention' };
    const [storages, tables] = [new Storages(config.storage), new Tables(config)];
    this.open.push(storages);
    this.tables.push(tables);
    const [cleanups, backups] = [new CleanupRuns(deps), new BackupRuns(deps)];
    const instance = `retention-${this.open.length}`;
    return new CleanupService(
      ...([cleanups, backups, storages, tables, config, this.store, leases, clock, ids, instance, logger] as const),
    );
  }

  /** A good backup of the project, with a small file as its archive in each storage. */
  async add(
    project: string,
    made: string,
    changes: Partial<BackupEventData<'BackupCatalogued'>> = {},
  ): Promise<AddedBackup> {
    const { places, config } = this;
    const instant = new Date(made);
    const name = backupName(project, instant, config.timezone);
    const backup: AddedBackup = {
      ...{ id: randomUUID(), name, project },
      ...{ hot: hotArchivePath(project, name), archived: archivePath(project, name) },
    };
    const content = `archive of ${name}`;
    const sha256 = createHash('sha256').update(content).digest('hex');
    for (const place of Object.values(places)) {
      const file = join(place, backup.hot);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      await writeFile(checksumPath(file), checksumContent(file, sha256));
    }
    const archive = {
      size: content.length,
      sha256,
      manifestSha256: sha256,
      entries: 1,
      sourceBytes: 10,
      encrypted: false,
      databases: [],
    };
    const copies = Object.keys(places).map((storage) => ({ storage, path: backup.hot, verified: true }));
    await this.append(this.streamOf(backup), {
      type: 'BackupCatalogued',
      at: instant.toISOString(),
      data: {
        ...{ name, project, createdAt: instant.toISOString(), policy: projectPolicy(config, project) },
        ...{ archive, copies, status: 'success', ...changes },
      },
    });
    return backup;
  }

  async append(stream: StreamId, ...events: readonly HavunEvent[]): Promise<void> {
    for (const event of events) {
      const revision = (await this.context.store.last(stream))?.revision ?? 'no-stream';
      const meta = { id: randomUUID(), correlationId: stream.id, source: 'test' };
      await this.context.store.append(stream, { ...meta, event }, revision);
      this.follower.hint();
    }
  }

  /** Asks for a clean-up. @returns what delivers its message, to the service given or to one of its own */
  async request(project: string) {
    const { config, store, context } = this;
    const clock = { now: () => this.now };
    const deps = { config, store, clock, ids: context.ids, source: 'test' };
    const { stream } = await requestCleanup(deps, { project, trigger: 'manual', requestedBy: 'test' });
    const [event] = await store.read(stream);
    return {
      stream,
      deliver: (service = this.service(), signal = new AbortController().signal) => service.run(event!, signal),
      state: async (): Promise<CleanupState> =>
        fold(
          cleanupDecider,
          (await store.read(stream)).map(({ event: each }) => each as CleanupEvent),
        ),
    };
  }

  /** @returns what came of it. @throws where it has not completed */
  async cleanUp(project: string, service?: CleanupService) {
    const cleanup = await this.request(project);
    await cleanup.deliver(service);
    const state = await cleanup.state();
    if (state.status !== 'completed') throw new Error(`the clean-up is ${JSON.stringify(state)}`);
    return state.result;
  }

  async events({ id }: Pick<AddedBackup, 'id'>): Promise<BackupEvent[]> {
    return (await this.store.read(this.streamOf({ id }))).map(({ event }) => event as BackupEvent);
  }

  async types(backup: Pick<AddedBackup, 'id'>): Promise<string[]> {
    return (await this.events(backup)).map(({ type }) => type).slice(1);
  }

  async state(backup: Pick<AddedBackup, 'id'>): Promise<EndedBackup> {
    const state = fold(backupDecider, await this.events(backup));
    if (!isEnded(state)) throw new Error(`it is ${state.status}`);
    return state;
  }

  /** Every file in a storage, sorted. */
  async files(storage: 'local' | 'hetzner', project = ''): Promise<string[]> {
    const entries = await readdir(join(this.places[storage], project), { recursive: true, withFileTypes: true });
    const base = this.places[storage].length + 1;
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(base))
      .sort();
  }

  streamOf({ id }: Pick<AddedBackup, 'id'>): StreamId {
    return { host: this.config.host, category: 'backup', id };
  }

  /** The same log, which tells of every append. */
  private told(store: EventStore): EventStore {
    return new Proxy(store, {
      get: (target, name) => {
        if (name !== 'append') {
          const value = Reflect.get(target, name, target) as unknown;
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        }
        return async (...args: Parameters<EventStore['append']>) => {
          await this.beforeEvent(args[1].event as HavunEvent, args[0]);
          const appended = await target.append(...args);
          this.follower.hint();
          await this.afterEvent(args[1].event as HavunEvent, args[0]);
          return appended;
        };
      },
    });
  }
}

async function configuration(
  folder: string,
  places: { local: string; hetzner: string },
  { sshd, projects, retention }: Omit<WorldOptions, 'connection'> & { retention: object },
): Promise<HavunConfig> {
  const file = join(folder, 'havun.yaml');
  const hetzner = {
    type: 'sftp',
    host: sshd.host,
    port: sshd.port,
    username: sshd.username,
    private_key_file: sshd.privateKeyFile,
    host_key: sshd.hostKeyFingerprint,
    path: places.hetzner,
  };
  const text = {
    timezone: 'Europe/Amsterdam',
    data_dir: join(folder, 'data'),
    storage: { local: { path: places.local }, offsite: { hetzner } },
    retention,
    projects: Object.fromEntries(
      Object.entries(projects).map(([name, settings]) => [
        name,
        { type: 'nodejs-app', paths: { root: `/srv/${name}` }, encryption: { enabled: false }, ...settings },
      ]),
    ),
  };
  await mkdir(join(folder, 'data'), { mode: 0o700 });
  await writeFile(file, JSON.stringify(text), { mode: 0o600 });
  return loadConfig({ path: file, env: {} });
}
