import type { NatsConnection } from '@nats-io/transport-node';
import type { HavunConfig } from '@havun/config';
import { inspectDurability, type DurabilityReport } from '@havun/event-store';

/** What an acknowledged event is worth on the configured server (D17). We know it of the embedded one, as we start it. */
export function durabilityOf(
  { nats, event_store }: HavunConfig,
  connection: NatsConnection,
): Promise<DurabilityReport> {
  return inspectDurability(connection, {
    replicas: event_store.replicas,
    ...(nats.url === 'embedded' && { syncAlways: true }),
    ...(nats.monitor_url !== undefined && { monitorUrl: nats.monitor_url }),
  });
}
