import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';
import { EventIdConflict, RevisionConflict } from '../errors.js';
import type { Appended, EventStore, EventStoreDescription, ExpectedRevision } from '../port.js';
import { subjectOf } from '../subject.js';
import { decodeStored, encodeEvent, isSameEvent, type WireMessage } from '../wire.js';

interface Stored extends WireMessage {
  readonly id: string;
  readonly seq: number;
}

/** For unit tests: the same promises, kept in memory. Events pass through the wire format, as they do in production. */
export class InMemoryEventStore implements EventStore {
  private readonly log: Stored[] = [];

  append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended> {
    return new Promise((resolve) => {
      const message = encodeEvent(stream, event);
      const known = this.log.find(({ id }) => id === event.id);
      if (known && !isSameEvent(known, message)) throw new EventIdConflict(event.id, known.seq);
      if (!known && expected !== this.revisionOf(message.subject)) throw new RevisionConflict(stream, expected);
      const seq = known?.seq ?? this.log.push({ ...message, id: event.id, seq: this.log.length + 1 });
      resolve({ revision: seq, position: seq });
    });
  }

  read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]> {
    return Promise.resolve(this.of(subjectOf(stream)).map(decodeStored));
  }

  async last(stream: StreamId): Promise<RecordedEvent<HavunEvent> | undefined> {
    return (await this.read(stream)).at(-1);
  }

  async *readAll(after: number): AsyncGenerator<RecordedEvent<HavunEvent>, void> {
    for (const message of await Promise.resolve(this.log.slice(after))) yield decodeStored(message);
  }

  head(): Promise<number> {
    return Promise.resolve(this.log.length);
  }

  describe(): Promise<EventStoreDescription> {
    const durability = { level: 'degraded', serverVersion: '', problems: [] } as const;
    return Promise.resolve({ server: 'memory', now: new Date(), durability });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private of(subject: string): Stored[] {
    return this.log.filter((message) => message.subject === subject);
  }

  private revisionOf(subject: string): ExpectedRevision {
    return this.of(subject).at(-1)?.seq ?? 'no-stream';
  }
}
