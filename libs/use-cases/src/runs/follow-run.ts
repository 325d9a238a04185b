import type { StreamHints } from '@havun/coordination';
import type { DomainEvent, RecordedEvent, StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';

/** The log is read again after this long without a hint, as hints may be lost. */
const lookAgainMs = 2_000;

export interface FollowDeps {
  readonly store: Pick<EventStore, 'read'>;
  readonly hints: Pick<StreamHints, 'listen'>;
}

export interface FollowOptions<Event> {
  /** Whether there is nothing to wait for after all these events. */
  readonly isOver: (events: readonly Event[]) => boolean;
  readonly signal: AbortSignal;
  /** Events before this position are skipped. */
  readonly from?: number;
}

/** Every event of a run in order, past ones first, until it is over or the signal stops it. */
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
