import type { DomainEvent, RecordedEvent, StreamId } from '@havun/domain';
import { subjectOf } from '@havun/event-store';
import type { ServiceContext } from '@havun/service-kit';

/** Should a message be missed, the log is looked at again after this long. */
const lookAgainMs = 2_000;

export interface FollowOptions<Event> {
  /** Whether, after all these events, there is nothing more to wait for. */
  readonly isOver: (events: readonly Event[]) => boolean;
  readonly signal: AbortSignal;
  /** Events before this place in the log are passed over. */
  readonly from?: number;
}

/** Every event of a run in order, those that have happened first, until it is over or the signal says so. */
export async function* followRun<Event extends DomainEvent>(
  { connection, store }: Pick<ServiceContext, 'connection' | 'store'>,
  stream: StreamId,
  { isOver, signal, from = 0 }: FollowOptions<Event>,
): AsyncGenerator<RecordedEvent<Event>, void> {
  let wake = (): void => undefined;
  const subscription = connection.subscribe(subjectOf(stream), {
    callback: () => {
      wake();
    },
  });
  signal.addEventListener('abort', () => {
    wake();
  });
  try {
    for (let seen = 0; !signal.aborted;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const events = (await store.read(stream)) as RecordedEvent<Event>[];
      yield* events.slice(seen).filter(({ position }) => position >= from);
      if (isOver(events.map(({ event }) => event))) return;
      seen = events.length;
      const timer = setTimeout(wake, lookAgainMs);
      await woken;
      clearTimeout(timer);
    }
  } finally {
    subscription.unsubscribe();
  }
}
