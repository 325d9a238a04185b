import { JetStreamApiError, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventStreamConfig } from '../jetstream/event-stream.js';
import { storeNotReady } from '../jetstream/patience.js';

/** Creates the event stream with changed settings, in place of one that was just deleted. */
export async function makeEventStream(manager: JetStreamManager, changes: Partial<StreamConfig>): Promise<void> {
  for (;;) {
    try {
      await manager.streams.add({ ...eventStreamConfig(1), ...changes });
      return;
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== storeNotReady) throw error;
      await sleep(20);
    }
  }
}
