import { EventStoreError } from '../errors.js';

type Version = readonly [major: number, minor: number, patch: number];

const install =
  'Install nats-server 2.10.23 or later (Debian 13 has 2.10.27), and restart it with sync_interval: always.';

export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

const isBefore = (a: Version, b: Version): boolean =>
  a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];

/**
 * Refuses servers that can't keep the log safely. 2.10 is the first with `sync_interval: always`; 2.10.20 to 2.10.22 could lose
 * streams when killed (nats-server issue 6888); optimistic concurrency in a cluster is safe from 2.11.
 * @throws EventStoreError NATS_SERVER_TOO_OLD, NATS_SERVER_UNSAFE
 */
export function checkServerVersion(text: string, replicas = 1): void {
  const version = parseVersion(text);
  if (!version)
    throw new EventStoreError(
      'NATS_SERVER_TOO_OLD',
      `The NATS server does not report its version ("${text}")`,
      install,
    );
  if (isBefore(version, [2, 10, 0])) {
    throw new EventStoreError(
      'NATS_SERVER_TOO_OLD',
      `nats-server ${text} is too old: it can't sync each write to disk`,
      install,
    );
  }
  if (!isBefore(version, [2, 10, 20]) && isBefore(version, [2, 10, 23])) {
    throw new EventStoreError('NATS_SERVER_UNSAFE', `nats-server ${text} can lose streams when it is killed`, install);
  }
  if (replicas > 1 && isBefore(version, [2, 11, 0])) {
    throw new EventStoreError(
      'NATS_SERVER_TOO_OLD',
      `nats-server ${text} is too old for a replicated event stream`,
      'Install nats-server 2.11 or later on every machine of the cluster, or set event_store.replicas to 1.',
    );
  }
}
