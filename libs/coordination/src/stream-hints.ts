import type { NatsConnection } from '@nats-io/transport-node';
import type { StreamId } from '@havun/domain';
import { subjectOf } from '@havun/event-store';

/** Hears of every event as it is published, which is as it is appended. A message may be lost: these are hints, no more. */
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
