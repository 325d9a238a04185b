import type { StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DurabilityProblem, DurabilityReport } from '../durability-report.js';
import { EventStoreError } from '../errors.js';
import { eventStreamName } from '../subject.js';
import { changed, existing, openManager, problemsOf } from './event-stream.js';
import { checkServerVersion } from './server-version.js';
import { syncProblem, type SyncKnowledge } from './server-sync.js';

export interface DurabilityOptions extends SyncKnowledge {
  /** How many replicas the stream should have; 1 by default. */
  readonly replicas?: number;
}

/**
 * How durable an acknowledged append is on this server (D17). Changes nothing, and throws only where the server can't be asked. A
 * service that must not start on an unsafe log calls `openJetStreamEventStore`, which refuses an old server and a changed stream.
 */
export async function inspectDurability(
  connection: NatsConnection,
  options: DurabilityOptions = {},
): Promise<DurabilityReport> {
  const serverVersion = connection.info?.version ?? '';
  const problems = [
    ...problemIn(() => {
      checkServerVersion(serverVersion, options.replicas);
    }),
    ...(await streamProblems(connection, options.replicas ?? 1)),
    ...(await syncProblem(connection, options)),
  ];
  return { level: problems.length === 0 ? 'durable' : 'degraded', serverVersion, problems };
}

async function streamProblems(connection: NatsConnection, replicas: number): Promise<DurabilityProblem[]> {
  try {
    const stream = await existing(await openManager(connection));
    return stream ? problemsOfStream(stream, replicas) : [missing];
  } catch (error) {
    return [problemOf(error)];
  }
}

function problemsOfStream({ config, state }: StreamInfo, replicas: number): DurabilityProblem[] {
  const unsafe = problemsOf(config);
  const lost = state.last_seq - state.messages;
  return [
    ...(unsafe.length > 0 ? [problemOf(changed(unsafe))] : []),
    ...(lost > 0 ? [gaps(lost)] : []),
    ...(config.num_replicas < replicas ? [tooFewReplicas(config.num_replicas, replicas)] : []),
  ];
}

function problemIn(check: () => void): DurabilityProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

function problemOf(error: unknown): DurabilityProblem {
  if (!(error instanceof EventStoreError)) throw error;
  const { code, message, remedy } = error;
  return { code, message, remedy };
}

const missing: DurabilityProblem = {
  code: 'EVENT_STREAM_MISSING',
  message: `There is no stream ${eventStreamName}`,
  remedy: 'The first service to start makes it. If events were recorded before, stop: restore the log from its backup.',
};

/** Positions are assigned one by one and never reused, so each must have its message. */
const gaps = (lost: number): DurabilityProblem => ({
  code: 'EVENT_LOG_DAMAGED',
  message: `${lost} of the messages that ${eventStreamName} has had are missing`,
  remedy: 'The disk is faulty, or somebody changed the store. Restore the event log from its backup.',
});

const tooFewReplicas = (actual: number, wanted: number): DurabilityProblem => ({
  code: 'TOO_FEW_REPLICAS',
  message: `${eventStreamName} is kept ${actual} times, and should be kept ${wanted} times`,
  remedy: `Set it with «nats stream edit ${eventStreamName} --replicas ${wanted}».`,
});
