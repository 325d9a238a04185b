import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';
import { EventIdConflict, RevisionConflict } from '../errors.js';
import type { Appended, EventStore, ExpectedRevision } from '../port.js';
import { subjectOf } from '../subject.js';
import { decodeMessage, encodeEvent } from '../wire.js';

/** For unit tests: the same promises, kept in memory. Events pass through the wire format, as they do for real. */
export class InMemoryEventStore implements EventStore {
  private readonly log: RecordedEvent<HavunEvent>[] = [];

  append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended> {
    return new Promise((resolve) => {
      const { subject, headers, data } = encodeEvent(stream, event);
      const recorded = decodeMessage({ subject, headers, data, seq: this.log.length + 1 });
      const known = this.log.find(({ id }) => id === event.id);
      if (known) {
        if (!sameEvent(known, recorded)) throw new EventIdConflict(event.id);
        resolve({ revision: known.revision, position: known.position });
        return;
      }
      const last = this.eventsOf(stream).at(-1)?.revision ?? 'no-stream';
      if (last !== expected) throw new RevisionConflict(stream, expected);
      this.log.push(recorded);
      resolve({ revision: recorded.revision, position: recorded.position });
    });
  }

  read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]> {
    return Promise.resolve(this.eventsOf(stream));
  }

  async *readAll(after: number): AsyncGenerator<RecordedEvent<HavunEvent>, void> {
    for (const event of await Promise.resolve(this.log.slice(after))) yield event;
  }

  head(): Promise<number> {
    return Promise.resolve(this.log.length);
  }

  private eventsOf(stream: StreamId): RecordedEvent<HavunEvent>[] {
    return this.log.filter((event) => subjectOf(event.stream) === subjectOf(stream));
  }
}

const sameEvent = (a: RecordedEvent, b: RecordedEvent): boolean =>
  subjectOf(a.stream) === subjectOf(b.stream) && JSON.stringify(a.event) === JSON.stringify(b.event);
