import type { NatsConnection } from '@nats-io/transport-node';
import { openJetStreamEventStore } from './jetstream/jetstream-event-store.js';
import type { SyncKnowledge } from './jetstream/server-sync.js';
import type { EventStore } from './port.js';

/** `event_store` of the configuration. Each adapter adds its own type. */
export interface EventStoreConfig {
  readonly type: 'jetstream';
  /** Replicas in a cluster; 1 by default. */
  readonly replicas?: number;
}

export interface OpenOptions extends SyncKnowledge {
  /** The connection for messages, which the event store may use, too. It stays open when the store is closed. */
  readonly connection: NatsConnection;
}

type Open = (config: EventStoreConfig, options: OpenOptions) => Promise<EventStore>;

/** Every kind of event store. */
const adapters: Readonly<Record<EventStoreConfig['type'], Open>> = {
  jetstream: ({ replicas }, { connection, ...sync }) =>
    openJetStreamEventStore(connection, { ...sync, ...(replicas !== undefined && { replicas }) }),
};

/** Opens the event store that the configuration names. @throws EventStoreError where it is not fit to hold the log (D17) */
export const openEventStore: Open = (config, options) => adapters[config.type](config, options);
