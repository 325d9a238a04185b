import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreError } from '../errors.js';

/** Longer than a cluster takes to elect a leader (6-8 s measured), shorter than people wait for an answer. */
export const defaultPatienceMs = 15_000;
const betweenTriesMs = 250;

/** The time limit of one attempt. A request is not told when its connection breaks, and every request here may be repeated. */
export const tryMs = (patienceMs: number): number => Math.min(2_000, patienceMs);

/** "duplicate message id is in process": the first attempt of the same publish is still on its way through the cluster. */
const inProcess = 10158;
/** "error creating store for stream": the files of a stream that was just deleted still exist, or the disk is full. */
export const storeNotReady = 10049;

/**
 * Repeats `attempt` while the server restarts or its cluster elects a leader.
 * @param inquire called after each failure; throws where waiting does not help
 * @throws EventStoreError EVENT_STORE_UNREACHABLE when it took too long, EVENT_STORE_REFUSED for a failure that waiting does
 *   not cure
 */
export async function patiently<Result>(
  connection: NatsConnection,
  patienceMs: number,
  attempt: () => Promise<Result>,
  inquire: () => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof EventStoreError) throw error;
      if (connection.isClosed()) throw unreachable(connection, error);
      await inquire();
      if (!isPassing(error)) throw refused(error);
      if (performance.now() > giveUpAt) throw unreachable(connection, error);
      await sleep(betweenTriesMs);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError)
    return error.status === 503 || error.code === inProcess || error.code === storeNotReady;
  if (error instanceof JetStreamError) return (error as { code?: unknown }).code === 503;
  if (error instanceof errors.TimeoutError || error instanceof errors.RequestError) return true;
  return error instanceof Error && error.name === 'JetStreamNotEnabled'; // how the client reports «no responders»
}

export const unreachable = (connection: NatsConnection, cause: unknown): EventStoreError =>
  new EventStoreError(
    'EVENT_STORE_UNREACHABLE',
    `The event log on ${connection.getServer() || 'NATS'} does not answer: ${connection.isClosed() ? 'the connection is closed' : messageOf(cause)}`,
    'Check that nats-server is up, that its disk is not full, and that its cluster has a leader. Work in progress is then resumed automatically.',
    { cause },
  );

const refused = (cause: unknown): EventStoreError =>
  new EventStoreError(
    'EVENT_STORE_REFUSED',
    `NATS refused a request of the event log: ${messageOf(cause)}`,
    'Check the permissions of the NATS user, the limits of its account, and the log of nats-server. «havun doctor» looks at the rest.',
    { cause },
  );

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
