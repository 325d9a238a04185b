import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  PersistMode,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EventStoreError } from '../errors.js';
import { allEventSubjects, eventStreamName } from '../subject.js';
import { defaultPatienceMs, patiently, tryMs } from './patience.js';
import { checkServerVersion } from './server-version.js';

export interface EventStreamOptions {
  /** Replicas in a cluster; 1 by default. More than one requires nats-server 2.11. */
  readonly replicas?: number;
  /** How long a request is repeated while the server restarts or its cluster has no leader, in milliseconds. */
  readonly patienceMs?: number;
  /** When a subject is spread over more messages than this, all of them are read and filtered here; 50,000 by default. */
  readonly narrow?: number;
}

/** The settings that keep the log complete for ever. */
const unlimited = { max_age: 0, max_bytes: -1, max_msgs: -1, max_msgs_per_subject: -1 } as const;

/** `discard: new`: if somebody sets a limit all the same, appends fail, and the oldest events are not removed. */
export const eventStreamConfig = (replicas: number) =>
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
  { replicas = 1, patienceMs = defaultPatienceMs }: EventStreamOptions = {},
): Promise<void> {
  checkServerVersion(connection.info?.version ?? '', replicas);
  const manager = await openManager(connection, patienceMs);
  const config = await patiently(connection, patienceMs, () => existingOrCreated(manager, replicas));
  const problems = problemsOf(config);
  if (problems.length > 0) throw changed(problems);
}

async function existingOrCreated(manager: JetStreamManager, replicas: number): Promise<StreamConfig> {
  const stream = await existing(manager);
  if (stream) return stream.config;
  try {
    return (await manager.streams.add(eventStreamConfig(replicas))).config;
  } catch (error) {
    const quicker = await existing(manager); // another service's stream
    if (quicker) return quicker.config;
    throw error;
  }
}

/** The error for a stream with these problems. */
export const changed = (problems: readonly string[]): EventStoreError =>
  new EventStoreError(
    'EVENT_STREAM_CHANGED',
    `The stream ${eventStreamName} could lose events: ${problems.join('; ')}`,
    `Somebody changed the stream. Find out whether events are missing («havun doctor»), then set it right with «nats stream edit ${eventStreamName}», or restore it from its backup.`,
  );

/** What could make a stream with this configuration lose events; empty where nothing could. */
export function problemsOf(config: StreamConfig): string[] {
  const limits = Object.entries(unlimited).flatMap(([key, none]) => {
    const value = config[key as keyof typeof unlimited];
    return value === none ? [] : [`${key} is ${value}, and must be unlimited`];
  });
  const faults: readonly [boolean, string][] = [
    [!config.deny_delete, 'deny_delete is off'],
    [!config.deny_purge, 'deny_purge is off'],
    [config.allow_rollup_hdrs, 'allow_rollup_hdrs is on, so that a message can remove those before it'],
    [config.allow_msg_ttl === true, 'allow_msg_ttl is on, so that messages can expire'],
    [config.storage !== StorageType.File, 'it is kept in memory'],
    [config.persist_mode === PersistMode.Async, 'persist_mode is async'],
    [config.retention !== RetentionPolicy.Limits, `its retention is ${config.retention}`],
    [config.no_ack === true, 'it acknowledges nothing'],
    [config.sealed, 'it is sealed'],
    [config.subject_transform !== undefined, 'it renames subjects'],
    [config.mirror !== undefined || (config.sources ?? []).length > 0, 'it copies from other streams'],
    [subjectsOf(config) !== allEventSubjects, `its subjects are «${subjectsOf(config)}»`],
  ];
  return [...limits, ...faults.filter(([isFault]) => isFault).map(([, what]) => what)];
}

/** A mirror has no subjects. */
const subjectsOf = ({ subjects }: { subjects?: string[] }): string => (subjects ?? []).join(', ');

/** @throws EventStoreError JETSTREAM_DISABLED for the whole server, or for this user's account */
export function openManager(connection: NatsConnection, patienceMs = defaultPatienceMs): Promise<JetStreamManager> {
  const open = async (): Promise<JetStreamManager> => {
    try {
      return await jetstreamManager(connection, { timeout: tryMs(patienceMs) });
    } catch (error) {
      const isForAccount = error instanceof Error && error.cause instanceof JetStreamApiError;
      throw isForAccount ? disabled(connection, error) : error;
    }
  };
  const refuseDisabled = (): Promise<void> =>
    connection.info?.jetstream === true ? Promise.resolve() : Promise.reject(disabled(connection));
  return patiently(connection, patienceMs, open, refuseDisabled);
}

const disabled = (connection: NatsConnection, cause?: unknown): EventStoreError =>
  new EventStoreError(
    'JETSTREAM_DISABLED',
    `JetStream is off on ${connection.getServer()}, or for the account of this user`,
    'Start nats-server with a jetstream block that has a store_dir and sync_interval: always, and allow it to the account.',
    { cause },
  );

/** The stream, or undefined where there is none. */
export async function existing(manager: JetStreamManager): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(eventStreamName);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}
