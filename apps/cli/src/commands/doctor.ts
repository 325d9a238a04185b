import { statfs } from 'node:fs/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { auditProjectionService } from '@havun/audit-projection';
import { projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { failureOf } from '@havun/domain';
import { eventStreamName } from '@havun/event-store';
import { askHealth } from '@havun/messaging';
import { durabilityOf, systemClock } from '@havun/service-kit';
import { createSource } from '@havun/sources';
import { exitCodes } from '../exit-code.js';
import { formatBytes } from '../output/format.js';
import { openSession } from '../session/session.js';
import { commandStorages } from '../session/command-storages.js';
import { indent, mark, type Mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { checkDrills } from './doctor-drills.js';

export interface Finding {
  readonly area: string;
  readonly status: Mark;
  readonly detail: string;
  readonly remedy?: string;
}

const healthWaitMs = 1_000;
/** A folder on a disk with less than this left is worth a warning. */
const littleSpace = 1_000_000_000;
const mostClockSkewSeconds = 5;

/** Looks at everything that backups depend on. Changes nothing. Exit code 1 when something has failed. */
export async function doctor({ config, terminal }: CommandContext): Outcome {
  const findings = (
    await Promise.all([
      checkNats(config),
      checkStorages({ config, terminal }),
      checkProjects(config),
      checkDrills(config),
      checkSpace(config),
    ])
  ).flat();
  terminal.printJson({ ok: isGood(findings), findings });
  for (const { area, status, detail, remedy } of findings) {
    terminal.print(`${mark(status)} ${area}: ${indent(detail, 4, terminal.width).trimStart()}`);
    if (remedy !== undefined && status !== 'ok') terminal.print(indent(remedy, 4, terminal.width));
  }
  terminal.print(
    isGood(findings) ? 'Nothing stands in the way of a backup.' : 'Something stands in the way of a backup.',
  );
  return isGood(findings) ? exitCodes.done : exitCodes.failed;
}

const isGood = (findings: readonly Finding[]): boolean => findings.every(({ status }) => status !== 'failed');

const failed = (area: string, error: unknown): Finding => {
  const { code, message, remedy } = failureOf(error);
  return { area, status: 'failed', detail: `${message} [${code}]`, remedy };
};

async function checkNats(config: HavunConfig): Promise<Finding[]> {
  try {
    const session = await openSession({ config, services: [auditProjectionService] });
    try {
      const { connection, store } = session.context;
      return [
        ...(await checkDurability(config, connection)),
        { area: 'event log', status: 'ok', detail: `${await store.head()} events` },
        ...(session.holdsStack ? [noStack] : await checkServices(connection)),
        await checkClock(connection),
      ];
    } finally {
      await session.close();
    }
  } catch (error) {
    return [failed('nats', error)];
  }
}

const noStack: Finding = {
  area: 'services',
  status: 'warning',
  detail: 'no stack is up: scheduled backups do not run',
  remedy: 'Start it with «havun up», or have «havun backup:run» in a crontab, which brings up what it needs.',
};

async function checkDurability(config: HavunConfig, connection: NatsConnection): Promise<Finding[]> {
  const report = await durabilityOf(config, connection);
  return [
    {
      area: 'nats',
      status: report.level === 'durable' ? 'ok' : 'warning',
      detail: `nats-server ${report.serverVersion}, ${report.level === 'durable' ? 'every write is synced' : 'degraded durability'}`,
    },
    ...report.problems.map(({ code, message, remedy }): Finding => ({
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
  const wanted = ['scheduler', 'runner', 'restorer', 'uploader', 'verifier', 'audit-projection'];
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

/** A machine whose clock is off dates its backups wrongly, and runs its slots at the wrong time. */
async function checkClock(connection: NatsConnection): Promise<Finding> {
  const manager = await jetstreamManager(connection);
  const { ts = '' } = await manager.streams.info(eventStreamName);
  const offSeconds = Math.abs(Date.parse(ts) - systemClock.now().getTime()) / 1000;
  return {
    area: 'clock',
    status: offSeconds > mostClockSkewSeconds ? 'warning' : 'ok',
    detail: `${offSeconds.toFixed(1)} s off the clock of the NATS server`,
    remedy: 'Have both machines keep time by NTP («timedatectl set-ntp true»).',
  };
}

async function checkStorages(context: CommandContext): Promise<Finding[]> {
  const storages = commandStorages(context);
  try {
    const checks = await Promise.all(
      storages.all().map(async (storage) => ({ name: storage.name, ...(await storage.check()) })),
    );
    return checks.flatMap(({ name, findings }) =>
      findings.map((finding): Finding => ({ area: `storage ${name}`, ...finding })),
    );
  } catch (error) {
    return [failed('storage', error)];
  } finally {
    await storages.close();
  }
}

async function checkProjects(config: HavunConfig): Promise<Finding[]> {
  const own = Object.entries(config.projects).filter(([, { enabled, host }]) => enabled && host === config.host);
  const plans = await Promise.all(
    own.map(([name]) => createSource(projectSourceConfig(config, name), { searchPath: searchPath() }).plan()),
  );
  return plans.flatMap(({ project, problems, warnings, database, bytes }): Finding[] => [
    ...(problems.length === 0
      ? [
          {
            area: `project ${project}`,
            status: 'ok' as const,
            detail: `${formatBytes(bytes)}${database ? `; ${database.kind} ${database.server_version}, ${database.client} ${database.client_version}` : ''}`,
          },
        ]
      : problems.map(({ code, message, remedy }): Finding => ({
          area: `project ${project}`,
          status: 'failed',
          detail: `${message} [${code}]`,
          remedy,
        }))),
    ...warnings.map(({ message }): Finding => ({ area: `project ${project}`, status: 'warning', detail: message })),
  ]);
}

async function checkSpace({ data_dir: dataDir }: HavunConfig): Promise<Finding[]> {
  try {
    const { bavail, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    return [
      {
        area: 'data_dir',
        status: free < littleSpace ? 'warning' : 'ok',
        detail: `${formatBytes(free)} free for the event log in ${dataDir}`,
        remedy: 'Make room: when this disk is full, no event can be recorded and no backup can run.',
      },
    ];
  } catch (error) {
    return [failed('data_dir', error)];
  }
}
