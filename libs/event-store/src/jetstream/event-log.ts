import {
  DeliverPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EventStoreError } from '../errors.js';
import { eventStreamName } from '../subject.js';
import type { StoredMessage, WireMessage } from '../wire.js';
import { patiently, tryMs, unreachable } from './patience.js';

/** A longer stream is read through a consumer, a shorter one message by message, which is quicker for a few. */
const fewMessages = 32;
const inFlight = 2_000;

/** The JetStream stream as messages: what is asked of it is repeated while the server can't answer. */
export class EventLog {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly patienceMs: number,
  ) {}

  static async open(connection: NatsConnection, patienceMs: number): Promise<EventLog> {
    const timeout = tryMs(patienceMs);
    const manager = await jetstreamManager(connection, { timeout, checkAPI: false });
    return new EventLog(connection, jetstream(connection, { timeout }), manager, patienceMs);
  }

  /** Publishes if `subject` is still at `revision`, 0 for none. Repeats carry the same id, so that they are known. */
  async publish(
    { subject, headers, data }: WireMessage,
    msgID: string,
    revision: number,
  ): Promise<{ seq: number; duplicate: boolean } | 'wrong-revision'> {
    const expect = { streamName: eventStreamName, lastSubjectSequence: revision };
    return this.patiently(async () => {
      try {
        return await this.client.publish(subject, data, { headers, msgID, expect });
      } catch (error) {
        if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequence)) return 'wrong-revision';
        throw error;
      }
    });
  }

  async head(): Promise<number> {
    const { state } = await this.patiently(() => this.manager.streams.info(eventStreamName));
    return state.last_seq;
  }

  /** @throws EventStoreError EVENT_LOG_DAMAGED where there is none, for positions are never given up */
  async at(seq: number): Promise<StoredMessage> {
    const message = await this.patiently(() => this.manager.streams.getMessage(eventStreamName, { seq }));
    if (!message) throw damaged(seq);
    return stored(message);
  }

  /**
   * Every message of one subject. The leader says which is the last, for the other replicas of a cluster may lag behind:
   * whatever was acknowledged before is among them.
   */
  async of(subject: string): Promise<StoredMessage[]> {
    const last = await this.patiently(() =>
      this.manager.streams.getMessage(eventStreamName, { last_by_subj: subject }),
    );
    if (!last) return [];
    const found: StoredMessage[] = [];
    for (let next = 1; found.length < fewMessages;) {
      const message = await this.nextOf(subject, next);
      if (!message || message.seq >= last.seq) return [...found, stored(last)];
      found.push(stored(message));
      next = message.seq + 1;
    }
    for await (const message of this.consume(found.at(-1)?.seq ?? 0, last.seq, subject)) found.push(message);
    return found;
  }

  private nextOf(subject: string, seq: number): Promise<StoredMsg | null> {
    return this.patiently(() => this.manager.direct.getMessage(eventStreamName, { seq, next_by_subj: subject }));
  }

  /** Every message above `after`, up to and with the one at `through`. @throws EventStoreError EVENT_LOG_DAMAGED at a gap */
  async *range(after: number, through: number): AsyncGenerator<StoredMessage, void> {
    let expected = after + 1;
    try {
      for await (const message of this.consume(after, through)) {
        if (message.seq !== expected) throw damaged(expected);
        yield message;
        expected += 1;
      }
    } catch (error) {
      // Nothing came: because nobody could send it, or because it is not there?
      if (isUnreachable(error)) await this.at(expected);
      throw error;
    }
  }

  /** A server that was killed has forgotten its consumers: the next session goes on where the last one ended. */
  private async *consume(after: number, through: number, subject?: string): AsyncGenerator<StoredMessage, void> {
    let position = after;
    for (let giveUpAt = performance.now() + this.patienceMs; position < through;) {
      for await (const message of this.session(position, subject)) {
        if (message.seq > through) return;
        position = message.seq;
        yield message;
        if (position === through) return;
        giveUpAt = performance.now() + this.patienceMs;
      }
      if (performance.now() > giveUpAt) throw unreachable(this.connection, 'no message came');
    }
  }

  /** The messages after a position, until none comes for a while. */
  private async *session(after: number, subject?: string): AsyncGenerator<JsMsg, void> {
    const consumer = await this.patiently(() =>
      this.client.consumers.get(eventStreamName, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: after + 1,
        ...(subject !== undefined && { filter_subjects: subject }),
      }),
    );
    const messages = await consumer.consume({ max_messages: inFlight });
    const silence = new SilenceAlarm(tryMs(this.patienceMs), () => {
      messages.stop();
    });
    try {
      for await (const message of messages) {
        silence.pause();
        yield message;
        silence.resume();
      }
    } finally {
      silence.end();
      await messages.close();
      consumer.delete().catch(() => false); // the server removes it by itself, only later
    }
  }

  private patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return patiently(this.connection, this.patienceMs, attempt, () => this.refuseMissing());
  }

  /** A stream that is gone looks to a publisher just as one without a leader does. */
  private async refuseMissing(): Promise<void> {
    try {
      await this.manager.streams.info(eventStreamName);
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamNotFound)) throw missing(error);
    }
  }
}

/** Notices that nothing comes for too long. It looks only now and then: a timer per message would cost too much. */
class SilenceAlarm {
  private waitingSince: number | undefined = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(limitMs: number, onSilence: () => void) {
    this.timer = setInterval(() => {
      if (this.waitingSince !== undefined && performance.now() - this.waitingSince > limitMs) onSilence();
    }, limitMs / 4);
  }

  pause(): void {
    this.waitingSince = undefined;
  }

  resume(): void {
    this.waitingSince = performance.now();
  }

  end(): void {
    clearInterval(this.timer);
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof EventStoreError && error.code === 'EVENT_STORE_UNREACHABLE';

const isApiError = (error: unknown, code: number): boolean => error instanceof JetStreamApiError && error.code === code;

const stored = ({ subject, seq, header, data }: StoredMsg): StoredMessage => ({ subject, seq, headers: header, data });

export const missing = (cause: unknown): EventStoreError =>
  new EventStoreError(
    'EVENT_STREAM_MISSING',
    `The stream ${eventStreamName} is gone`,
    'Somebody deleted it, or its store was replaced. Stop every service, and restore the event log from its backup.',
    { cause },
  );

const damaged = (seq: number): EventStoreError =>
  new EventStoreError(
    'EVENT_LOG_DAMAGED',
    `The message at position ${seq} is missing from ${eventStreamName}`,
    'Events are never deleted: the disk is faulty, or somebody changed the store. Restore the event log from its backup.',
  );
