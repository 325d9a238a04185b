import { setTimeout as sleep } from 'node:timers/promises';
import type { HavunEvent, RecordedEvent } from '@havun/domain';
import { checkHead } from './check-head.js';
import type { EventStore } from './port.js';

/** A reader that has read the log up to its own checkpoint, and wants the rest. */
export interface LogReader {
  /** The position of the last applied event; 0 before the first. Asked again in every round: other processes may raise it. */
  checkpoint(): Promise<number>;
  /** Applies the next events, in order, and moves the checkpoint: both or neither. */
  apply(events: readonly RecordedEvent<HavunEvent>[], head: number): Promise<void>;
  /** Called where the log ends below the checkpoint. May throw its own error; otherwise `checkHead` throws. */
  refuseAhead?(head: number): Promise<void>;
}

export interface FollowOptions {
  readonly store: Pick<EventStore, 'head' | 'readAll'>;
  readonly reader: LogReader;
  /** Ends a round after its present batch, and ends `follow`. */
  readonly signal: AbortSignal;
  /** The maximum number of events per call of `apply`. */
  readonly batchSize?: number;
  /** `follow` looks again after this long without a hint, as hints may be lost. */
  readonly everyMs?: number;
  /** The delays after consecutive failures, in milliseconds; the last one applies to all further ones. */
  readonly retryMs?: readonly number[];
  /** Called with every failure after which `follow` tries again. */
  readonly onError?: (error: unknown, retryInMs: number) => void;
}

/**
 * Hands the log to a reader, from its checkpoint on. Events come only from the log, in its order; a message or a timer is only a
 * hint that there may be more.
 */
export class LogFollower {
  private round: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private hinted = false;

  constructor(private readonly options: FollowOptions) {}

  /**
   * Applies everything that is in the log at the time of the call. Calls during a round share the next round.
   * @throws EventStoreError HEAD_BELOW_CHECKPOINT, and what store and reader throw
   */
  catchUp(): Promise<void> {
    this.next ??= this.round
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.applyNew();
      });
    this.round = this.next;
    return this.round;
  }

  /** Hints that there may be new events. */
  hint(): void {
    this.hinted = true;
    this.wake?.();
  }

  /** Catches up at every hint, and at intervals without one, until the signal stops it. Retries after a failure. */
  async follow(): Promise<void> {
    const { signal, everyMs = 60_000, retryMs = [1_000, 5_000, 15_000, 60_000], onError } = this.options;
    const isStopped = (): boolean => signal.aborted;
    for (let failures = 0; !isStopped();) {
      this.hinted = false;
      try {
        await this.catchUp();
        failures = 0;
        await this.pause(everyMs);
      } catch (error) {
        if (isStopped()) return;
        const delayMs = retryMs[Math.min(failures, retryMs.length - 1)] ?? everyMs;
        failures += 1;
        onError?.(error, delayMs);
        await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Settles when no round is running: await it after the signal, before closing what the reader uses. */
  async idle(): Promise<void> {
    await this.round.catch(() => undefined);
  }

  private async applyNew(): Promise<void> {
    const { store, reader, signal, batchSize = 1000 } = this.options;
    const checkpoint = await reader.checkpoint();
    const head = await store.head(); // read after the checkpoint, which another process may raise meanwhile
    if (head < checkpoint) await reader.refuseAhead?.(head);
    checkHead(head, checkpoint);
    let batch: RecordedEvent<HavunEvent>[] = [];
    for await (const event of store.readAll(checkpoint)) {
      if (signal.aborted) return;
      batch.push(event);
      if (batch.length < batchSize) continue;
      await reader.apply(batch, head);
      batch = [];
    }
    if (batch.length > 0 && !signal.aborted) await reader.apply(batch, head);
  }

  private async pause(ms: number): Promise<void> {
    if (this.hinted) return;
    const stop = new AbortController();
    this.wake = () => {
      stop.abort();
    };
    const signal = AbortSignal.any([stop.signal, this.options.signal]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    this.wake = undefined;
  }
}
