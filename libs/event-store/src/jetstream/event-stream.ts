import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EventStoreError } from '../errors.js';
import { allEventSubjects, eventStreamName } from '../subject.js';
import { checkServerVersion } from './server-version.js';

export interface EventStreamOptions {
  /** Copies in a cluster; 1 unless given. More than one wants nats-server 2.11. */
  readonly replicas?: number;
}

/** What must hold for the log to be kept whole and for ever. */
const unlimited = { max_age: 0, max_bytes: -1, max_msgs: -1, max_msgs_per_subject: -1 } as const;

const wanted = (replicas: number) =>
  ({
    name: eventStreamName,
    subjects: [allEventSubjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    allow_direct: true,
    deny_delete: true,
    deny_purge: true,
    duplicate_window: 120_000_000_000,
    ...unlimited,
  }) satisfies Partial<StreamConfig>;

/**
 * Creates the stream where there is none, and refuses one that could lose events (D17).
 * @throws EventStoreError NATS_SERVER_TOO_OLD, NATS_SERVER_UNSAFE, JETSTREAM_DISABLED, EVENT_STREAM_CHANGED
 */
export async function ensureEventStream(
  connection: NatsConnection,
  { replicas = 1 }: EventStreamOptions,
): Promise<void> {
  checkServerVersion(connection.info?.version ?? '', replicas);
  const manager = await openManager(connection);
  const config = (await existing(manager)) ?? (await create(manager, replicas));
  const problems = problemsOf(config);
  if (problems.length === 0) return;
  throw new EventStoreError(
    'EVENT_STREAM_CHANGED',
    `The stream ${eventStreamName} could lose events: ${problems.join('; ')}`,
    `Somebody changed the stream. Find out whether events are missing («havun doctor»), then set it right with «nats stream edit ${eventStreamName}», or restore it from its backup.`,
  );
}

/** What keeps a stream of this configuration from being a log that loses nothing; empty where nothing does. */
export function problemsOf(config: StreamConfig): string[] {
  const limits = Object.entries(unlimited).flatMap(([key, none]) => {
    const value = config[key as keyof typeof unlimited];
    return value === none ? [] : [`${key} is ${value}, and must be unlimited`];
  });
  return [
    ...limits,
    ...(config.deny_delete ? [] : ['deny_delete is off']),
    ...(config.deny_purge ? [] : ['deny_purge is off']),
    ...(config.storage === StorageType.File ? [] : ['it is kept in memory']),
    ...(config.retention === RetentionPolicy.Limits ? [] : [`its retention is ${config.retention}`]),
    ...(config.sealed ? ['it is sealed'] : []),
    ...(config.subjects.includes(allEventSubjects) ? [] : [`its subjects are ${config.subjects.join(', ')}`]),
  ];
}

async function openManager(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection);
  } catch (error) {
    throw new EventStoreError(
      'JETSTREAM_DISABLED',
      `JetStream does not answer on ${connection.getServer()}: ${(error as Error).message}`,
      'Start nats-server with a jetstream block that has a store_dir and sync_interval: always.',
      { cause: error },
    );
  }
}

async function existing(manager: JetStreamManager): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(eventStreamName)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

async function create(manager: JetStreamManager, replicas: number): Promise<StreamConfig> {
  try {
    return (await manager.streams.add(wanted(replicas))).config;
  } catch (error) {
    // Another service was quicker.
    const config = await existing(manager);
    if (config) return config;
    throw error;
  }
}
