import {
  DeliverPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type ConsumerMessages,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EventStoreError } from '../errors.js';
import { eventStreamName } from '../subject.js';
import type { StoredMessage, WireMessage } from '../wire.js';
import type { EventStreamOptions } from './event-stream.js';
import { defaultPatienceMs, patiently, tryMs, unreachable } from './patience.js';

/** The maximum number of messages in flight to us. */
const inFlight = 2_000;

/**
 * The sequence of the previous message on the same subject, 0 for the first. A stream is read back along these, one message at a
 * time: the server itself would search every block of the log in between, and keep those in memory.
 */
const previousHeader = 'Havun-Previous';
/** From this many messages of a stream on, the rest is read as a whole. */
const longestWalk = 200;
interface Session {
  readonly messages: ConsumerMessages;
  readonly silence: SilenceAlarm;
  end(): Promise<void>;
}

/** The JetStream stream as messages. Requests are repeated while the server can't answer. */
export class EventLog {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly client: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly patienceMs: number,
    private readonly narrow: number,
  ) {}

  static async open(
    connection: NatsConnection,
    { patienceMs = defaultPatienceMs, narrow = 50_000 }: EventStreamOptions,
  ): Promise<EventLog> {
    const timeout = tryMs(patienceMs);
    const manager = await jetstreamManager(connection, { timeout, checkAPI: false });
    return new EventLog(connection, jetstream(connection, { timeout }), manager, patienceMs, narrow);
  }

  /** Publishes if `subject` is still at `revision`, 0 for none. Repeated attempts carry the same id, so the server recognises them. */
  async publish(
    { subject, headers, data }: WireMessage,
    msgID: string,
    revision: number,
  ): Promise<{ seq: number; duplicate: boolean } | 'wrong-revision'> {
    const expect = { streamName: eventStreamName, lastSubjectSequence: revision };
    headers.set(previousHeader, String(revision));
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
    return (await this.info()).state.last_seq;
  }

  /** The server's clock. Servers before 2.10 don't report it, and are refused. */
  async now(): Promise<Date> {
    return new Date((await this.info()).ts ?? NaN);
  }

  /** @throws EventStoreError EVENT_LOG_DAMAGED where there is none, as positions are never reused */
  async at(seq: number): Promise<StoredMessage> {
    const message = await this.patiently(() => this.manager.streams.getMessage(eventStreamName, { seq }));
    if (!message) throw damaged(seq);
    return stored(message);
  }

  /** Asks the leader, as other replicas of a cluster may lag behind: the leader knows everything that was acknowledged. */
  async lastOf(subject: string): Promise<StoredMessage | undefined> {
    const last = await this.patiently(() =>
      this.manager.streams.getMessage(eventStreamName, { last_by_subj: subject }),
    );
    return last ? stored(last) : undefined;
  }

  /** Every message of one subject, up to the last one at the time of the call, oldest first. */
  async of(subject: string): Promise<StoredMessage[]> {
    const last = await this.lastOf(subject);
    const back: StoredMessage[] = last ? [last] : [];
    for (let at = last; at;) {
      const previous = previousOf(at);
      if (previous === 0) break;
      const before = previous === undefined || back.length >= longestWalk ? undefined : await this.at(previous);
      // Messages of release 0.1 lack the header, and messages copied from another log have a wrong one.
      if (before?.subject !== subject) {
        back.pop();
        return [...(await this.through(at.seq, subject)), ...back.reverse()];
      }
      back.push(before);
      at = before;
    }
    return back.reverse();
  }

  private async through(last: number, subject: string): Promise<StoredMessage[]> {
    const first = await this.firstOf(subject);
    const isSpread = last - first > this.narrow;
    const found: StoredMessage[] = [];
    for await (const message of this.range(first - 1, last, isSpread ? undefined : subject))
      if (message.subject === subject) found.push(message);
    return found;
  }

  /**
   * Where to begin to look for a subject. If the server filters for a subject that is spread over the whole log, it holds all
   * blocks in memory at once (1.1 GB measured); if everything is read in order, it holds one block after another.
   */
  private async firstOf(subject: string): Promise<number> {
    const first = await this.patiently(() =>
      this.manager.direct.getMessage(eventStreamName, { seq: 1, next_by_subj: subject }),
    );
    return first?.seq ?? 1;
  }

  /**
   * Every message above `after`, up to and including `through`, which must exist; of one subject, or of all. A killed server
   * forgets its consumers; the next session then continues where the last one ended.
   * @throws EventStoreError EVENT_LOG_DAMAGED where a position has no message
   */
  async *range(after: number, through: number, subject?: string): AsyncGenerator<StoredMessage, void> {
    let position = after;
    for (let giveUpAt = this.patienceEnds(); position < through;) {
      const session = await this.openSession(position, subject);
      try {
        for await (const message of session.messages) {
          session.silence.pause();
          if (subject === undefined && message.seq !== position + 1) throw damaged(position + 1);
          position = message.seq;
          yield message;
          if (position >= through) return;
          giveUpAt = this.patienceEnds();
          session.silence.resume();
        }
      } finally {
        await session.end();
      }
      if (performance.now() > giveUpAt) throw await this.whyNothingCame(position, subject);
    }
  }

  private info(): Promise<StreamInfo> {
    return this.patiently(() => this.manager.streams.info(eventStreamName));
  }

  private patienceEnds(): number {
    return performance.now() + this.patienceMs;
  }

  /** Either the server could not send the next message, or there is none. */
  private async whyNothingCame(position: number, subject?: string): Promise<Error> {
    if (subject === undefined) await this.at(position + 1);
    return unreachable(this.connection, 'no message came');
  }

  /** The messages after a position, until none comes for a while. */
  private async openSession(after: number, subject?: string): Promise<Session> {
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
    const end = async (): Promise<void> => {
      silence.end();
      await messages.close();
      consumer.delete().catch(() => false); // the server removes it by itself, only later
    };
    return { messages, silence, end };
  }

  private patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return patiently(this.connection, this.patienceMs, attempt, () => this.refuseMissing());
  }

  /** To a publisher, a deleted stream looks the same as one without a leader. */
  private async refuseMissing(): Promise<void> {
    try {
      await this.manager.streams.info(eventStreamName);
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamNotFound)) throw missing(error);
    }
  }
}

/** Notices when nothing comes for too long. It checks at intervals: a timer per message would cost too much. */
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

const isApiError = (error: unknown, code: number): boolean => error instanceof JetStreamApiError && error.code === code;

function previousOf({ seq, headers }: StoredMessage): number | undefined {
  const text = headers?.get(previousHeader) ?? '';
  const previous = /^\d+$/.test(text) ? Number(text) : NaN;
  return previous < seq ? previous : undefined;
}

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
