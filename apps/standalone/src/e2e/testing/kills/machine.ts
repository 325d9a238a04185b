import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { openJetStreamEventStore } from '@havun/event-store';
import { connectToStack, readStackFile } from '@havun/service-kit';
import type { Sshd, TestMariadb } from '@havun/test-servers';
import { writeSite } from '../site.js';
import { services, ServicesWorld, World, type Recorded } from '../world.js';
import { signalTo } from '../../../kept-server.js';
import { Supervised } from './supervised.js';

export type Victim = 'stack' | 'nats-server' | 'frozen nats-server' | 'database' | (typeof services)[number];

/** A machine whose programs are started again when they die, as under systemd, and otherwise left alone. */
export interface Machine {
  readonly name: string;
  readonly world: World;
  readonly victims: readonly Victim[];
  kill(victim: Victim): Promise<void>;
  events(): Promise<Recorded[]>;
  diary(): string;
  remove(): Promise<void>;
}

export interface Servers {
  readonly sshd: Sshd;
  readonly mariadb: TestMariadb;
}

/** Those that a round asks for; `clock` has a schedule, and nobody asks for it. */
export const asked = ['shop', 'blog', 'docs'] as const;
export const withDatabase: readonly string[] = ['shop', 'blog'];

const password = 'a password of the database';
const site = { textBytes: 3_000_000, smallFiles: 60 };

/** Makes the databases of one machine; `number` tells those of several apart. */
async function databases(mariadb: TestMariadb, number: number): Promise<void> {
  for (const name of withDatabase) {
    await mariadb.rootClient(`CREATE DATABASE ${name}${number}`);
    await mariadb.rootClient(
      "CREATE TABLE orders (id INT PRIMARY KEY, note TEXT); INSERT INTO orders SELECT seq, REPEAT(CONCAT('order ', seq), 20) FROM seq_1_to_20000;",
      `${name}${number}`,
    );
  }
  await mariadb.rootClient(`CREATE DATABASE tables${number}`);
  const grants = withDatabase.map((name) => `SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON \`${name}${number}\`.*`);
  await mariadb.createUser(`backup${number}`, password, [...grants, 'SELECT ON `mysql`.`proc`']);
  await mariadb.createUser(`tables${number}`, password, [`ALL ON \`tables${number}\`.*`]);
}

function configOf(folder: string, { host, port }: TestMariadb, number: number): object {
  const project = (name: string) => ({
    type: 'nodejs-app',
    paths: {
      root: join(folder, name === 'clock' ? 'small' : 'site'),
      ...(withDatabase.includes(name) && { database: `${name}${number}`, server: 'main' }),
    },
    include: { database: withDatabase.includes(name), files: ['src', 'storage', 'package.json'] },
    encryption: { enabled: name === 'shop', ...(name === 'shop' && { password: 'correct horse battery staple' }) },
    ...(name === 'clock' && { schedule: '* * * * *' }),
  });
  return {
    databases: { main: { type: 'mariadb', host, port, username: `backup${number}`, password } },
    projects: Object.fromEntries([...asked, 'clock'].map((name) => [name, project(name)])),
    drill: { enabled: false },
  };
}

async function prepare(world: World, { mariadb }: Servers, number: number): Promise<object> {
  await mkdir(join(world.folder, 'small'));
  await writeSite(join(world.folder, 'small'), { textBytes: 20_000, smallFiles: 40 });
  await databases(mariadb, number);
  return configOf(world.folder, mariadb, number);
}

async function readAll(connection: NatsConnection): Promise<Recorded[]> {
  const events: Recorded[] = [];
  try {
    for await (const event of (await openJetStreamEventStore(connection)).readAll(0)) events.push(event);
    return events;
  } finally {
    await connection.close();
  }
}

/** The database server comes back after a second. Kills of it follow one another. */
function databaseKiller(mariadb: TestMariadb): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () =>
    (last = last.then(async () => {
      await mariadb.kill();
      await sleep(1_000);
      await mariadb.restart();
    }));
}

/** `havun up` with the NATS server as its child. */
export async function stackMachine(servers: Servers): Promise<Machine> {
  const world = await World.embedded({ sshd: servers.sshd, site });
  await world.reconfigure(await prepare(world, servers, 1));
  const killDatabase = databaseKiller(servers.mariadb);
  const up = new Supervised(() => world.launch('cli', 'up'));
  const dataDir = join(world.folder, 'data');
  return {
    name: 'stack',
    world,
    victims: ['stack', 'nats-server', 'stack', 'nats-server', 'frozen nats-server', 'database'],
    kill: async (victim) => {
      if (victim === 'database') return killDatabase();
      if (victim === 'stack') {
        up.kill();
        return;
      }
      const file = await readStackFile(dataDir);
      if (file) signalTo(file.nats.pid, victim === 'nats-server' ? 'SIGKILL' : 'SIGSTOP');
    },
    events: async () => {
      const file = await readStackFile(dataDir);
      if (!file?.ready) throw new Error('no stack is up');
      return readAll(await connectToStack(file, 'campaign'));
    },
    diary: () => up.output().slice(-3000),
    remove: async () => {
      await up.stop();
      await world.remove();
    },
  };
}

/** Each service as a process of its own, a NATS server that others keep, and the tables on the database server. */
export async function servicesMachine(servers: Servers): Promise<Machine> {
  const world = await ServicesWorld.open({ sshd: servers.sshd, site });
  const { host, port } = servers.mariadb;
  await world.reconfigure({
    ...(await prepare(world, servers, 2)),
    read_model: { type: 'mariadb', host, port, username: 'tables2', password, database: 'tables2' },
  });
  const killDatabase = databaseKiller(servers.mariadb);
  let nats: Promise<void> = Promise.resolve();
  const running = Object.fromEntries(
    services.map((service) => [service, new Supervised(() => world.launch(service, `--config=${service}.yaml`))]),
  ) as Record<(typeof services)[number], Supervised>;
  return {
    name: 'services',
    world,
    victims: [
      'runner',
      'uploader',
      'verifier',
      'audit-projection',
      'scheduler',
      'restorer',
      'runner',
      'nats-server',
      'database',
    ],
    kill: (victim) => {
      if (victim === 'database') return killDatabase();
      if (isService(victim)) {
        running[victim].kill();
        return Promise.resolve();
      }
      return (nats = nats.then(async () => {
        await world.nats.kill();
        await sleep(1_000);
        await world.nats.restart();
      }));
    },
    events: async () => readAll(await connect({ servers: world.nats.url, reconnect: false })),
    diary: () => services.map((service) => `--- ${service}\n${running[service].output().slice(-1000)}`).join('\n'),
    remove: async () => {
      await Promise.all(Object.values(running).map((each) => each.stop()));
      await world.remove();
    },
  };
}

const isService = (victim: Victim): victim is (typeof services)[number] =>
  (services as readonly Victim[]).includes(victim);
