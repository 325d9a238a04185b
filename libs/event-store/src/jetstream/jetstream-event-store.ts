import {
  DeliverPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';
import { EventIdConflict, EventStoreError, RevisionConflict } from '../errors.js';
import type { Appended, EventStore, ExpectedRevision } from '../port.js';
import { eventStreamName, subjectOf } from '../subject.js';
import { decodeMessage, encodeEvent, type WireMessage } from '../wire.js';
import { ensureEventStream, type EventStreamOptions } from './event-stream.js';

/** While a cluster elects a leader, publishes fail for some seconds: they are repeated, with the same id, for this long. */
const patienceMs = 15_000;
const betweenTriesMs = 250;
/** A longer stream is read through a consumer, a shorter one message by message: that is quicker for a few. */
const fewMessages = 32;

/** Makes sure that the event stream is there and as it has to be, and opens it. @throws EventStoreError (D17) */
export async function openJetStreamEventStore(
  connection: NatsConnection,
  options: EventStreamOptions = {},
): Promise<EventStore> {
  await ensureEventStream(connection, options);
  return new JetStreamEventStore(jetstream(connection), await jetstreamManager(connection));
}

class JetStreamEventStore implements EventStore {
  constructor(
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  async append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended> {
    const message = encodeEvent(stream, event);
    const answer = await this.publish(message, event.id, expected);
    if (answer === 'wrong-revision') {
      const earlier = await this.earlierAppend(message.subject, event.id);
      if (!earlier) throw new RevisionConflict(stream, expected);
      return sameOrConflict(earlier, message, event.id);
    }
    if (answer.duplicate) return sameOrConflict(await this.messageAt(answer.seq), message, event.id);
    return { revision: answer.seq, position: answer.seq };
  }

  async read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]> {
    return (await this.messages(subjectOf(stream))).map((message) => decode(message));
  }

  async *readAll(after: number): AsyncGenerator<RecordedEvent<HavunEvent>, void> {
    for await (const message of this.consume(after, await this.head())) yield decodeMessage(message);
  }

  async head(): Promise<number> {
    const { state } = await reaching(() => this.manager.streams.info(eventStreamName));
    return state.last_seq;
  }

  private async publish(
    { subject, headers, data }: WireMessage,
    msgID: string,
    expected: ExpectedRevision,
  ): Promise<{ seq: number; duplicate: boolean } | 'wrong-revision'> {
    return reaching(async () => {
      try {
        const { seq, duplicate } = await this.client.publish(subject, data, {
          headers,
          msgID,
          expect: {
            streamName: eventStreamName,
            lastSubjectSequence: expected === 'no-stream' ? 0 : expected,
          },
        });
        return { seq, duplicate };
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence) {
          return 'wrong-revision';
        }
        throw error;
      }
    });
  }

  /** A retry may come after others have appended, and after the server has forgotten the id. */
  private async earlierAppend(subject: string, id: string): Promise<StoredMsg | undefined> {
    return (await this.messages(subject)).findLast(({ header }) => header.get('Nats-Msg-Id') === id);
  }

  private async messages(subject: string): Promise<StoredMsg[]> {
    const found: StoredMsg[] = [];
    for (let next = 1; found.length < fewMessages;) {
      const message = await this.message({ next_by_subj: subject, seq: next });
      if (!message) return found;
      found.push(message);
      next = message.seq + 1;
    }
    const last = await this.message({ last_by_subj: subject });
    const after = found.at(-1)?.seq ?? 0;
    if (!last || last.seq <= after) return found;
    for await (const message of this.consume(after, last.seq, subject)) found.push(message);
    return found;
  }

  /** The messages between two positions, `through` included, which must exist. */
  private async *consume(after: number, through: number, subject?: string): AsyncGenerator<Consumed, void> {
    if (after >= through) return;
    const consumer = await reaching(() =>
      this.client.consumers.get(eventStreamName, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: after + 1,
        ...(subject !== undefined && { filter_subjects: subject }),
      }),
    );
    const messages = await consumer.consume({ max_messages: 2_000 });
    try {
      for await (const { seq, subject: from, headers, data } of messages) {
        yield { seq, subject: from, headers, header: headers, data } as unknown as Consumed;
        if (seq >= through) return;
      }
    } finally {
      await messages.close();
      await consumer.delete().catch(() => false);
    }
  }

  private async messageAt(seq: number): Promise<StoredMsg> {
    const message = await this.message({ seq });
    if (message) return message;
    throw new EventStoreError(
      'EVENT_STREAM_CHANGED',
      `The message at position ${seq} is gone from ${eventStreamName}`,
      'Events are never deleted: find out who changed the stream, and restore it from its backup.',
    );
  }

  private message(
    query: { seq: number } | { last_by_subj: string } | { next_by_subj: string; seq: number },
  ): Promise<StoredMsg | null> {
    return reaching(() => this.manager.direct.getMessage(eventStreamName, query as { seq: number }));
  }
}

type Consumed = StoredMsg & { readonly headers?: WireMessage['headers'] };

const decode = ({ subject, seq, header, data }: StoredMsg): RecordedEvent<HavunEvent> =>
  decodeMessage({ subject, seq, headers: header, data });

/** Our own append of before, or another event under the same id. The server is not believed without looking. */
function sameOrConflict(stored: StoredMsg, { subject, headers, data }: WireMessage, id: string): Appended {
  const same =
    stored.subject === subject &&
    Buffer.compare(stored.data, data) === 0 &&
    stored.header.get('ce-type') === headers.get('ce-type') &&
    stored.header.get('ce-time') === headers.get('ce-time');
  if (!same) throw new EventIdConflict(id);
  return { revision: stored.seq, position: stored.seq };
}

/** Repeats what a server without a leader, or on its way up, can't answer yet. */
async function reaching<Result>(work: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof EventStoreError || error instanceof JetStreamApiError) throw error;
      if (performance.now() > giveUpAt) {
        throw new EventStoreError(
          'EVENT_STORE_UNREACHABLE',
          `NATS did not answer within ${patienceMs / 1000} s: ${(error as Error).message}`,
          'Check that nats-server is up and that its cluster has a leader. What was going on is taken up again by itself.',
          { cause: error },
        );
      }
      await sleep(betweenTriesMs);
    }
  }
}
