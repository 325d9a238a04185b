import type { BackupEvent, RecordedEvent, StreamId } from '@havun/domain';
import { subjectOf } from '@havun/event-store';
import type { ServiceContext } from '@havun/service-kit';

/** Should a message be missed, the log is looked at again after this long. */
const lookAgainMs = 2_000;

export type RecordedBackupEvent = RecordedEvent<BackupEvent>;

/** Every event of a backup in order, those that have happened first, until the run has ended or the signal says so. */
export async function* followRun(
  { connection, store }: ServiceContext,
  stream: StreamId,
  signal: AbortSignal,
): AsyncGenerator<RecordedBackupEvent, void> {
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
      const events = (await store.read(stream)) as RecordedBackupEvent[];
      for (const event of events.slice(seen)) {
        yield event;
        if (event.event.type === 'BackupCompleted' || event.event.type === 'BackupFailed') return;
      }
      seen = events.length;
      const timer = setTimeout(wake, lookAgainMs);
      await woken;
      clearTimeout(timer);
    }
  } finally {
    subscription.unsubscribe();
  }
}
