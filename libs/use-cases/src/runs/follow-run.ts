import type { DomainEvent, RecordedEvent, StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';

/** Should a hint be missed, the log is looked at again after this long. */
const lookAgainMs = 2_000;

/** Tells that a stream may have got an event. It may miss one: a hint saves waiting, and nothing is decided on it. */
export interface StreamHints {
  listen(stream: StreamId, onHint: () => void): { stop(): void };
}

export interface FollowDeps {
  readonly store: Pick<EventStore, 'read'>;
  readonly hints: StreamHints;
}

export interface FollowOptions<Event> {
  /** Whether, after all these events, there is nothing more to wait for. */
  readonly isOver: (events: readonly Event[]) => boolean;
  readonly signal: AbortSignal;
  /** Events before this place in the log are passed over. */
  readonly from?: number;
}

/** Every event of a run in order, those that have happened first, until it is over or the signal says so. */
export async function* followRun<Event extends DomainEvent>(
  { store, hints }: FollowDeps,
  stream: StreamId,
  { isOver, signal, from = 0 }: FollowOptions<Event>,
): AsyncGenerator<RecordedEvent<Event>, void> {
  let wake = (): void => undefined;
  const onWake = (): void => {
    wake();
  };
  const listening = hints.listen(stream, onWake);
  signal.addEventListener('abort', onWake);
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
    signal.removeEventListener('abort', onWake);
    listening.stop();
  }
}
