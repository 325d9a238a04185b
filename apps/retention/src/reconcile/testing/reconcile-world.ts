import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadConfig, type HavunConfig } from '@havun/config';
import {
  checksumContent,
  checksumPath,
  hotArchivePath,
  type BackupEvent,
  type ReconciliationEvent,
  type RecordedEvent,
  type RetentionEventData,
  type StreamId,
} from '@havun/domain';
import { aBackupEvent, aPolicy } from '@havun/domain/testing';
import { LogFollower, type EventStore } from '@havun/event-store';
import { openReadModel, type ReadModel } from '@havun/read-model';
import { openServiceContext, openStorages, ScratchFolder, type ServiceContext } from '@havun/service-kit';
import { BackupRuns, requestReconciliation } from '@havun/use-cases';
import type { Storages } from '@havun/storage';
import { temporaryFolder, type Sshd, type TemporaryFolder } from '@havun/test-servers';
import { Tables } from '../../tables.js';
import { ReconcileService } from '../reconcile.service.js';

export const never = new AbortController().signal;
export const size = 100_000;
export const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

export interface StoredBackup {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly content: Buffer;
}

interface BackupWish {
  readonly day: number;
  /** How many days ago it was read back. */
  readonly verified?: number;
  readonly path?: (name: string) => string;
  readonly bytes?: number;
}

/** Backups of one project in the local storage and on an SFTP server, with the log, the tables and the service. */
export class ReconcileWorld {
  private readonly stop = new AbortController();
  private following: Promise<void> = Promise.resolve();
  private follower!: LogFollower;

  private constructor(
    readonly folder: TemporaryFolder,
    readonly config: HavunConfig,
    readonly context: ServiceContext,
    readonly storages: Storages,
    private readonly written: ReadModel,
    readonly tables: Tables,
    private readonly scratch: ScratchFolder,
  ) {}

  static async open(connection: NatsConnection, sshd: Sshd): Promise<ReconcileWorld> {
    const folder = await temporaryFolder('havun-reconcile-');
    for (const name of ['backups', 'offsite']) await mkdir(join(folder.path, name));
    const config = await configuration(folder.path, sshd);
    const log = { write: () => undefined };
    const context = await openServiceContext({ service: 'retention', config, connection, log });
    const storages = openStorages(config, { holder: 'retention', use: 'service', onWait: () => undefined });
    const written = await openReadModel(config.read_model);
    const scratch = new ScratchFolder(config, 'retention');
    await scratch.onModuleInit();
    const world = new ReconcileWorld(folder, config, context, storages, written, new Tables(config), scratch);
    world.followLog();
    return world;
  }

  private followLog(): void {
    const { written } = this;
    this.follower = new LogFollower({
      store: this.context.store,
      signal: this.stop.signal,
      reader: {
        checkpoint: () => written.checkpoint(),
        apply: (events) => written.project(events),
        refuseAhead: (head) => written.refuseAhead(head),
      },
      everyMs: 50,
      onError: () => undefined,
    });
    this.following = this.follower.catchUp().then(() => this.follower.follow());
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.following.catch(() => undefined);
    await this.follower.idle();
    await Promise.all([this.written.close(), this.tables.onModuleDestroy(), this.storages.close()]);
    this.context.progress.close();
    await this.folder.remove();
  }

  /** @param store what the steps of backups are appended to, where that is not the log itself */
  service(store: EventStore = this.context.store): ReconcileService {
    const { context, storages, tables, scratch, config } = this;
    const { runs, leases, progress, clock, ids, instance, scrub, service } = context;
    const backups = new BackupRuns({ store, clock, ids, scrub, service });
    return new ReconcileService(
      runs.reconciliation,
      backups,
      storages,
      tables,
      scratch,
      config,
      context.store,
      leases,
      progress,
      clock,
      ids,
      instance,
    );
  }

  local(path: string): string {
    return join(this.config.storage.local.path, path);
  }

  box(path: string): string {
    return join(this.folder.path, 'offsite', path);
  }

  /** A backup that has ended, with good copies in both storages. */
  async backup({ day, verified = 1, path: pathOf, bytes = size }: BackupWish): Promise<StoredBackup> {
    const [id, name] = [randomUUID(), `2025-11-${String(day).padStart(2, '0')}-03-00-00-site`];
    const path = pathOf?.(name) ?? hotArchivePath('site', name);
    const content = randomBytes(bytes);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const backup = { id, name, path, sha256, content };
    for (const place of [this.local(path), this.box(path)]) await this.put(place, backup);
    const at = daysAgo(verified);
    const digest = { path, size: bytes, sha256 };
    await this.append(
      id,
      aBackupEvent('BackupRequested', { name, project: 'site', policy: aPolicy({ copies: ['local', 'box'] }) }),
      aBackupEvent('BackupStarted'),
      aBackupEvent('ArchiveCreated', digest),
      aBackupEvent('Verified', { storage: 'local', ...digest, at }),
      aBackupEvent('Uploaded', { storage: 'box', path, size: bytes }),
      aBackupEvent('Verified', { storage: 'box', ...digest, at }),
      aBackupEvent('BackupCompleted'),
    );
    return backup;
  }

  /** Writes the archive and its checksum to a place. */
  async put(place: string, { content, path, sha256 }: StoredBackup): Promise<void> {
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
    await writeFile(checksumPath(place), checksumContent(path, sha256));
  }

  async append(id: string, ...events: BackupEvent[]): Promise<void> {
    const stream = streamOf(id);
    for (const event of events) {
      const before = (await this.context.store.read(stream)).at(-1)?.revision ?? 'no-stream';
      await this.context.store.append(stream, { id: randomUUID(), correlationId: id, source: 'test', event }, before);
    }
  }

  async request(changes: Partial<RetentionEventData<'ReconciliationRequested'>> = {}): Promise<RecordedEvent> {
    const request = { trigger: 'manual', requestedBy: 'henk', repair: false, ...changes } as const;
    const { stream } = await requestReconciliation({ ...this.context, source: 'test' }, request);
    return (await this.context.store.read(stream))[0]!;
  }

  /** Asks for a comparison and does it. */
  async reconcile(changes: Partial<RetentionEventData<'ReconciliationRequested'>> = {}) {
    const request = await this.request(changes);
    await this.service().run(request, never);
    return this.answer(request);
  }

  async answer({ stream }: RecordedEvent) {
    const events = (await this.context.store.read(stream)).map(({ event }) => event as ReconciliationEvent);
    const done = events.flatMap((event) => (event.type === 'StorageReconciled' ? [event.data] : []));
    const away = events.flatMap((event) => (event.type === 'StorageNotReconciled' ? [event.data] : []));
    return {
      local: done.find(({ storage }) => storage === 'local'),
      box: done.find(({ storage }) => storage === 'box'),
      away,
      end: events.at(-1),
      types: events.map(({ type }) => type),
    };
  }

  /** What was said of a backup since its run has ended: type, storage, and code where there is one. */
  async said({ id }: StoredBackup): Promise<string[]> {
    const events = (await this.context.store.read(streamOf(id))).slice(7);
    return events.map(({ event: { type, data } }) => {
      const { storage, code } = data as { storage: string; code?: string };
      return `${type} ${storage}${code === undefined ? '' : ` ${code}`}`;
    });
  }

  /** Every file under a folder, with its content as a hash, so that two looks can be compared. */
  async tree(folder: string): Promise<Record<string, string>> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const hashed = await Promise.all(
      files.sort().map(async (file) => [file.slice(folder.length + 1), await sha256Of(file)] as const),
    );
    return Object.fromEntries(hashed);
  }
}

export const sha256Of = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

export async function flipBit(file: string): Promise<void> {
  const content = await readFile(file);
  content[content.length >> 1]! ^= 1;
  await writeFile(file, content);
}

const streamOf = (id: string): StreamId => ({ host: 'local', category: 'backup', id });

async function configuration(folder: string, sshd: Sshd): Promise<HavunConfig> {
  const keyFile = join(folder, 'id_ed25519'); // outlives the server
  await copyFile(sshd.privateKeyFile, keyFile);
  const box = {
    type: 'sftp',
    host: sshd.host,
    port: sshd.port,
    username: sshd.username,
    private_key_file: keyFile,
    host_key: sshd.hostKeyFingerprint,
    path: join(folder, 'offsite'),
  };
  const text = {
    data_dir: join(folder, 'data'),
    read_model: { type: 'sqlite', path: join(folder, 'tables.db') },
    storage: { local: { path: join(folder, 'backups') }, offsite: { box } },
    uploads: { attempts: 1, first_delay_seconds: 1, max_delay_seconds: 1 },
    projects: { site: { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } } },
  };
  const file = join(folder, 'havun.yaml');
  await mkdir(text.data_dir, { mode: 0o700 });
  await writeFile(file, JSON.stringify(text), { mode: 0o600 });
  return loadConfig({ path: file, env: {} });
}
