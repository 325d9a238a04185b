import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import type { BackupEvent, HavunEvent, RecordedEvent } from '@havun/domain';
import { eventStreamName, openJetStreamEventStore, type EventStore } from '@havun/event-store';
import {
  natsServerBinary,
  startNatsServer,
  temporaryFolder,
  type Sshd,
  type TestNatsServer,
} from '@havun/test-servers';
import { startGate, type Gate } from './gate.js';
import { havun, launch, type App, type Finished } from './processes.js';
import { writeSite, type SiteSize } from './site.js';
import { until } from './until.js';

export const services = [
  'scheduler',
  'runner',
  'restorer',
  'uploader',
  'verifier',
  'retention',
  'audit-projection',
] as const;
export type Service = (typeof services)[number];
export type Recorded = RecordedEvent<HavunEvent>;
export type RecordedBackup = RecordedEvent<BackupEvent>;

export interface WorldOptions {
  readonly sshd: Sshd;
  readonly site?: SiteSize;
  /** Overrides of the configuration. */
  readonly config?: object;
  /** How long a lease outlives its holder. The bucket keeps the value that it was created with. */
  readonly leaseTtlMs?: number;
}

const smallSite: SiteSize = { textBytes: 200_000, smallFiles: 20 };
/** Long enough for a machine that is busy with other tests, and shorter than the product's 30 seconds. */
const shortLeaseMs = 6_000;

/** The backup under test. */
export interface Run {
  readonly id: string;
  readonly name: string;
}

export type EmbeddedWorld = World & { readonly gate: Gate; reconfigure(changes: object): Promise<void> };

/** A separate machine: a folder with sites, backups and tables, and a place on the SFTP server. */
export class World {
  readonly local: string;
  readonly site: string;
  readonly readModel: string;
  private readonly running: App[] = [];
  private launched = 0;

  protected constructor(
    readonly folder: string,
    readonly remote: string,
    protected readonly sshd: Sshd,
    private readonly removeFolder: () => Promise<void>,
    protected extra: object,
  ) {
    this.local = join(folder, 'backups');
    this.site = join(folder, 'site');
    this.readModel = join(folder, 'data', 'read-model.sqlite');
  }

  /** One where every command, or `havun up`, runs the stack in its own process, with the NATS server as its child. */
  static async embedded({ sshd, site = smallSite, config = {} }: WorldOptions): Promise<EmbeddedWorld> {
    const world = new World(...(await World.place(sshd, site)), config);
    const gate = await startGate(sshd.port);
    const nats = { nats: { url: 'embedded', server_binary: natsServerBinary } };
    await world.configure('havun', nats, gate.port);
    return Object.assign(world, {
      gate,
      reconfigure: async (changes: object): Promise<void> => {
        world.extra = changes;
        await world.configure('havun', nats, gate.port);
      },
    });
  }

  protected static async place(sshd: Sshd, site: SiteSize): Promise<[string, string, Sshd, () => Promise<void>]> {
    const folder = await temporaryFolder('havun-e2e-');
    const remote = join(sshd.root, folder.path.split('/').at(-1) ?? '');
    await mkdir(remote);
    await writeSite(join(folder.path, 'site'), site);
    return [folder.path, remote, sshd, () => folder.remove()];
  }

  /** Writes `<name>.yaml`. JSON is also YAML. */
  async configure(name: string, nats: object, sftpPort: number): Promise<void> {
    const { host, username, privateKeyFile, hostKeyFingerprint } = this.sshd;
    const project = {
      type: 'nodejs-app',
      paths: { root: this.site },
      include: { files: ['src', 'storage', 'package.json'] },
      encryption: { enabled: true, password: 'correct horse battery staple' },
    };
    const config = {
      data_dir: join(this.folder, 'data'),
      timezone: 'UTC',
      storage: {
        local: { path: this.local },
        offsite: {
          box: {
            type: 'sftp',
            host,
            port: sftpPort,
            username,
            private_key_file: privateKeyFile,
            host_key: hostKeyFingerprint,
            path: this.remote,
          },
        },
      },
      archive: { level: 9, parallelism: 1 },
      uploads: { attempts: 5, first_delay_seconds: 1, max_delay_seconds: 2 },
      projects: { shop: project },
      ...nats,
      ...this.extra,
    };
    await mkdir(config.data_dir, { recursive: true });
    await writeFile(join(this.folder, `${name}.yaml`), JSON.stringify(config, null, 2));
  }

  havun(...args: string[]): Promise<Finished> {
    return havun(this.folder, ...args);
  }

  /** A command that runs while the test does other things. */
  launch(app: string, ...args: string[]): App {
    this.launched += 1;
    const logFile = join(this.folder, `${app}-${this.launched}.log`);
    const launched = launch({ app, args, cwd: this.folder, logFile });
    this.running.push(launched);
    return launched;
  }

  /** The names in a project's hot storage, sorted; none while the folder does not exist. */
  async hot(where: 'local' | 'remote', project = 'shop'): Promise<string[]> {
    const folder = join(this[where], project, 'hot');
    return existsSync(folder) ? (await readdir(folder)).sort() : [];
  }

  /** Ends everything that writes into the folder, then removes it. */
  async remove(): Promise<void> {
    await this.stop();
    await this.removeFolder();
  }

  protected async stop(): Promise<void> {
    await Promise.all(this.running.map((app) => app.kill()));
    stopOrphanIn(this.folder);
  }
}

/** Stops the server that a killed stack has left. Only one that runs on this world's files is ours to stop. */
function stopOrphanIn(folder: string): void {
  const file = join(folder, 'data', 'run', 'stack.json');
  if (!existsSync(file)) return;
  const { nats } = JSON.parse(readFileSync(file, 'utf8')) as { nats: { pid: number } };
  try {
    if (readFileSync(`/proc/${nats.pid}/cmdline`, 'utf8').includes(folder)) process.kill(nats.pid, 'SIGKILL');
  } catch {
    return; // it has ended
  }
}

interface Between {
  readonly nats: Gate;
  readonly sftp: Gate;
}

/** A world where each service is a separate process, with gates between it, the one NATS server and the SFTP server. */
export class ServicesWorld extends World {
  /** The backup that was requested last. */
  run: Run = { id: '', name: '' };
  private readonly processes = new Map<string, App>();

  private constructor(
    place: [string, string, Sshd, () => Promise<void>],
    extra: object,
    readonly nats: TestNatsServer,
    private readonly connection: NatsConnection,
    private readonly store: EventStore,
    readonly gates: Record<Service, Between>,
  ) {
    super(...place, extra);
  }

  static async open(options: WorldOptions): Promise<ServicesWorld> {
    const { sshd, site = smallSite, config = {}, leaseTtlMs = shortLeaseMs } = options;
    const place = await World.place(sshd, site);
    const nats = await startNatsServer({ storeDir: join(place[0], 'nats') });
    const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    await new Kvm(connection).create('havun_leases', { ttl: leaseTtlMs, history: 1, allow_direct: false });
    const between = async (): Promise<Between> => ({
      nats: await startGate(nats.port),
      sftp: await startGate(sshd.port),
    });
    const gates = Object.fromEntries(
      await Promise.all(services.map(async (service) => [service, await between()] as const)),
    ) as Record<Service, Between>;
    const store = await openJetStreamEventStore(connection);
    const world = new ServicesWorld(place, config, nats, connection, store, gates);
    await world.reconfigure();
    return world;
  }

  /** Writes the configuration of every process, with these changes. */
  async reconfigure(changes = this.extra): Promise<void> {
    this.extra = changes;
    await this.configure('havun', { nats: { url: this.nats.url } }, this.sshd.port);
    for (const service of services) {
      const { nats, sftp } = this.gates[service];
      await this.configure(service, { nats: { url: `nats://127.0.0.1:${nats.port}` } }, sftp.port);
    }
  }

  /** Starts services and waits until each is at work. `as` distinguishes several of one kind. */
  async start(...wanted: (Service | { readonly service: Service; readonly as: string })[]): Promise<void> {
    await Promise.all(
      wanted.map(async (each) => {
        const { service, as } = typeof each === 'string' ? { service: each, as: each } : each;
        const app = this.launch(service, `--config=${service}.yaml`);
        this.processes.set(as, app);
        await app.prints(`${service} is at work`);
      }),
    );
  }

  process(as: string): App {
    const app = this.processes.get(as);
    if (!app) throw new Error(`"${as}" was not started`);
    return app;
  }

  /** kill -9. What it had sent and nobody had received is lost. */
  async crash(service: Service, as: string = service): Promise<void> {
    await this.process(as).kill();
    this.gates[service].nats.cut();
    this.gates[service].sftp.cut();
    this.gates[service].nats.open();
    this.gates[service].sftp.open();
  }

  /**
   * Makes the server take a service for dead half a second after its last sign of life, and deliver its messages to the next that
   * asks. When the service starts, it restores its own, longer limit.
   */
  async expireAcks(service: Service): Promise<void> {
    const durable = service === 'audit-projection' ? service : `${service}-local`;
    await until(`${durable} waits no longer for acks`, async () => {
      const manager = await jetstreamManager(this.connection);
      await manager.consumers.update(eventStreamName, durable, { ack_wait: nanos(500) });
      return true;
    });
  }

  async events(): Promise<Recorded[]> {
    const events: Recorded[] = [];
    for await (const event of this.store.readAll(0)) events.push(event);
    return events;
  }

  /** Requests a backup as a person would. The methods below are about this backup. */
  async request(...options: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.havun('backup:run', '--json', ...options);
    if (code !== 0) throw new Error(`backup:run ended with ${code}:\n${stderr}`);
    const [run] = JSON.parse(stdout) as { id: string; backup: string }[];
    this.run = { id: run!.id, name: run!.backup };
  }

  /** Every event of the run. */
  async history(): Promise<RecordedBackup[]> {
    return (await this.events()).filter(({ stream }) => stream.id === this.run.id) as RecordedBackup[];
  }

  async types(): Promise<string[]> {
    return (await this.history()).map(({ event }) => event.type);
  }

  /** Resolves when the run has a matching event of this type. */
  async recorded(type: BackupEvent['type'], fits: (event: BackupEvent) => boolean = () => true): Promise<void> {
    await until(
      `${type} is recorded`,
      async () => (await this.history()).some(({ event }) => event.type === type && fits(event)),
      { context: () => this.diary() },
    );
  }

  /** The output of the services, for the message of a failing test. */
  diary(): string {
    return [...this.processes].map(([as, app]) => `--- ${as}\n${app.output().slice(-1500)}`).join('\n');
  }

  protected override async stop(): Promise<void> {
    await super.stop();
    await this.connection.close();
    for (const { nats, sftp } of Object.values(this.gates)) await Promise.all([nats.stop(), sftp.stop()]);
    await this.nats.stop();
  }
}
