import type { NatsConnection } from '@nats-io/transport-node';
import type { StreamId } from '@havun/domain';
import { subjectOf } from '@havun/event-store';

/**
 * Hints that a stream may have a new event: NATS publishes an event when it is appended. A hint may be lost. It only shortens a
 * wait, and nothing may depend on it.
 */
export class StreamHints {
  constructor(private readonly connection: NatsConnection) {}

  listen(stream: StreamId, onHint: () => void): { stop(): void } {
    const callback = (): void => {
      onHint();
    };
    const subscription = this.connection.subscribe(subjectOf(stream), { callback });
    return {
      stop: () => {
        subscription.unsubscribe();
      },
    };
  }
}
