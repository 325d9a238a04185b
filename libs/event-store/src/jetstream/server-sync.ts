import type { NatsConnection } from '@nats-io/transport-node';
import type { SyncProblemCode } from '../durability-report.js';
import { messageOf } from './patience.js';

/**
 * Whether the server syncs every write before it acknowledges it. Clients can't ask for that (the system account could), so
 * either this product has started the server itself, or the monitoring address tells.
 */
export interface SyncKnowledge {
  /** For a server started by `startNatsServer`: the setting it was started with. */
  readonly syncAlways?: boolean;
  /** The server's monitoring address, for example `http://127.0.0.1:8222`. */
  readonly monitorUrl?: string;
}

interface SyncProblem {
  readonly code: SyncProblemCode;
  readonly message: string;
  readonly remedy: string;
}

const monitorPatienceMs = 5_000;

/** At most one problem. */
export async function syncProblem(
  connection: NatsConnection,
  { syncAlways, monitorUrl }: SyncKnowledge,
): Promise<SyncProblem[]> {
  if (syncAlways !== undefined) return syncAlways ? [] : [notAlways];
  if (monitorUrl === undefined) return [unknown('the server does not tell clients')];
  try {
    const { server_id, config } = await jetStreamOf(monitorUrl);
    if (server_id !== connection.info?.server_id) return [unknown(`${monitorUrl} is the monitoring of another server`)];
    return config?.sync_always === true ? [] : [notAlways];
  } catch (error) {
    return [unknown(`${monitorUrl} does not answer: ${messageOf(error)}`)];
  }
}

/** The relevant part of nats-server's `/jsz`; `sync_always` exists from 2.10 on, and is left out when false. */
async function jetStreamOf(monitorUrl: string): Promise<{ server_id?: string; config?: { sync_always?: boolean } }> {
  const response = await fetch(new URL('/jsz', monitorUrl), { signal: AbortSignal.timeout(monitorPatienceMs) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return (await response.json()) as Awaited<ReturnType<typeof jetStreamOf>>;
}

const notAlways: SyncProblem = {
  code: 'SYNC_NOT_ALWAYS',
  message: 'The NATS server acknowledges events before they are on disk: a power cut can lose the last ones',
  remedy: 'Put «sync_interval: always» into the jetstream block of its configuration, and restart it.',
};

const unknown = (why: string): SyncProblem => ({
  code: 'SYNC_UNKNOWN',
  message: `Whether the NATS server syncs every event to disk is unknown: ${why}`,
  remedy:
    'Give the address of its monitoring in nats.monitor_url (http: 127.0.0.1:8222 in its configuration opens one), and see that its jetstream block has «sync_interval: always».',
});
