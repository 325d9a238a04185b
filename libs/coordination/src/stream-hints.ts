import type { NatsConnection } from '@nats-io/transport-node';
import type { StreamId } from '@havun/domain';
import { subjectOf } from '@havun/event-store';

/** Receives every event when it is published, which is when it is appended. Messages may be lost: these are only hints. */
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
