/** Fills an event log with many concurrent appends: only the order within a stream is kept. */
import { connect } from '@nats-io/transport-node';
import { openJetStreamEventStore, type EventStore, type ExpectedRevision } from '@havun/event-store';
import { backupHistory, type HistoryEvent } from '../data/history.js';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface FillLogInput {
  url: string;
  seed: string;
  events: number;
}

const atOnce = 64;

const { url, seed, events } = driverInput() as FillLogInput;
const connection = await connect({ servers: url });
const store = await openJetStreamEventStore(connection);
const streams = byStream(backupHistory(seed, events));
const seconds = await timed(() => Promise.all(Array.from({ length: atOnce }, () => appendStreams(store))));
await connection.close();
answer({ seconds, events });

async function appendStreams(into: EventStore): Promise<void> {
  for (const history of streams) {
    let revision: ExpectedRevision = 'no-stream';
    for (const { stream, event } of history) ({ revision } = await into.append(stream, event, revision));
  }
}

function* byStream(history: Iterable<HistoryEvent>): Generator<HistoryEvent[], void> {
  let current: HistoryEvent[] = [];
  for (const item of history) {
    if (item.earlier === 0 && current.length > 0) {
      yield current;
      current = [];
    }
    current.push(item);
  }
  if (current.length > 0) yield current;
}
