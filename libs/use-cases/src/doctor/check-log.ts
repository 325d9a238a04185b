import type { NatsConnection } from '@nats-io/transport-node';
import { askHealth } from '@havun/coordination';
import type { HavunConfig } from '@havun/config';
import type { Clock } from '@havun/domain';
import type { EventStore, EventStoreDescription } from '@havun/event-store';
import { checkBackups } from './check-backups.js';
import { checkRetention, type CleanupTables } from './check-retention.js';
import { failed, type Finding } from './finding.js';

/** The connection to the log during the checks. */
export interface OpenedLog {
  readonly connection: NatsConnection;
  readonly store: EventStore;
  readonly tables: () => Promise<CleanupTables>;
  /** Whether a stack is up that does not end with this process. */
  readonly isStackUp: boolean;
  readonly close: () => Promise<void>;
}

export interface LogDeps {
  readonly config: HavunConfig;
  readonly clock: Clock;
  /** Undefined where there is no log yet: a look at it would make one. */
  readonly openLog: () => Promise<OpenedLog | undefined>;
}

const healthWaitMs = 1_000;
const mostClockSkewSeconds = 5;

/** Checks the server that keeps the log, the services that depend on it, and what backups and retention have come to. */
export async function checkLog({ config, clock, openLog }: LogDeps): Promise<Finding[]> {
  try {
    const log = await openLog();
    if (!log) return [noLog(config.data_dir)];
    const { connection, store, tables, isStackUp, close } = log;
    try {
      const description = await store.describe();
      return [
        ...durabilityFindings(description),
        { area: 'event log', status: 'ok', detail: `${await store.head()} events` },
        ...(isStackUp ? await checkServices(connection) : [noStack]),
        clockFinding(description, clock),
        ...(await checkBackups(config, store)),
        ...(await checkRetention({ config, clock, store, tables })),
      ];
    } finally {
      await close();
    }
  } catch (error) {
    return [failed('nats', error)];
  }
}

const noLog = (dataDir: string): Finding => ({
  area: 'event log',
  status: 'warning',
  detail: `there is none in ${dataDir} yet: no backup was ever made from here`,
  remedy: 'The first «havun backup:run», or «havun up», makes it. Where there was one: «havun catalogue:rebuild».',
});

const noStack: Finding = {
  area: 'services',
  status: 'warning',
  detail: 'no stack is up: scheduled backups do not run',
  remedy: 'Start it with «havun up», or have «havun backup:run» in a crontab, which brings up what it needs.',
};

function durabilityFindings({ server, durability }: EventStoreDescription): Finding[] {
  return [
    {
      area: 'nats',
      status: durability.level === 'durable' ? 'ok' : 'warning',
      detail: `${server}, ${durability.level === 'durable' ? 'every write is synced' : 'degraded durability'}`,
    },
    ...durability.problems.map(({ code, message, remedy }): Finding => ({
      area: 'nats',
      status: 'warning',
      detail: `${message} [${code}]`,
      remedy,
    })),
  ];
}

async function checkServices(connection: NatsConnection): Promise<Finding[]> {
  const answers = await askHealth(connection, healthWaitMs);
  const present = new Set(answers.map(({ service }) => service));
  const wanted = ['scheduler', 'runner', 'restorer', 'uploader', 'verifier', 'retention', 'audit-projection'];
  return wanted.map((service): Finding => {
    const instances = answers.filter((answer) => answer.service === service).map(({ instance }) => instance);
    return present.has(service)
      ? { area: 'services', status: 'ok', detail: `${service}: ${instances.join(', ')}` }
      : {
          area: 'services',
          status: service === 'scheduler' ? 'warning' : 'failed',
          detail: `${service} does not answer`,
          remedy: `Start it («havun up» starts all of them), or look in its log for why it ended.`,
        };
  });
}

/** A wrong clock gives backups wrong dates, and runs slots at the wrong time. */
function clockFinding({ server, now }: EventStoreDescription, clock: Clock): Finding {
  const offSeconds = Math.abs(now.getTime() - clock.now().getTime()) / 1000;
  return {
    area: 'clock',
    status: offSeconds > mostClockSkewSeconds ? 'warning' : 'ok',
    detail: `${offSeconds.toFixed(1)} s off the clock of ${server}`,
    remedy: 'Have both machines keep time by NTP («timedatectl set-ntp true»).',
  };
}
