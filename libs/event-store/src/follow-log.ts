import { setTimeout as sleep } from 'node:timers/promises';
import type { HavunEvent, RecordedEvent } from '@havun/domain';
import { checkHead } from './check-head.js';
import type { EventStore } from './port.js';

/** Somebody who has read the log up to a checkpoint of his own, and is to be given the rest. */
export interface LogReader {
  /** The position of the last event that was applied; 0 before the first. Asked anew in every round: others may raise it. */
  checkpoint(): Promise<number>;
  /** Takes the next events, in their order, and moves the checkpoint: both or neither. */
  apply(events: readonly RecordedEvent<HavunEvent>[], head: number): Promise<void>;
  /** Called where the log ends below the checkpoint: may throw in words of its own, else `checkHead` does. */
  refuseAhead?(head: number): Promise<void>;
}

export interface FollowOptions {
  readonly store: Pick<EventStore, 'head' | 'readAll'>;
  readonly reader: LogReader;
  /** Ends what goes on: a round after its present batch, and `follow`. */
  readonly signal: AbortSignal;
  /** Events in one call of `apply` at the most. */
  readonly batchSize?: number;
  /** `follow` looks again after this long without a hint, as hints may be lost. */
  readonly everyMs?: number;
  /** The waits after failures in a row, in milliseconds; the last one is for all further ones. */
  readonly retryMs?: readonly number[];
  /** Told of every failure that `follow` tries again after. */
  readonly onError?: (error: unknown, retryInMs: number) => void;
}

/**
 * Hands the log to a reader, from its checkpoint on. Events are taken from the log alone, in its order; a message, a timer or
 * anything else is only a hint that there may be more.
 */
export class LogFollower {
  private round: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private hinted = false;

  constructor(private readonly options: FollowOptions) {}

  /**
   * Applies everything that is in the log at the time of the call. Calls that come during a round share the one after it.
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

  /** There may be something new. */
  hint(): void {
    this.hinted = true;
    this.wake?.();
  }

  /** Catches up at every hint, and now and then without one, until the signal stops it. A failure is tried again. */
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

  /** Settles when no round goes on: after the signal, so that what the reader uses may be closed. */
  async idle(): Promise<void> {
    await this.round.catch(() => undefined);
  }

  private async applyNew(): Promise<void> {
    const { store, reader, signal, batchSize = 1000 } = this.options;
    const checkpoint = await reader.checkpoint();
    const head = await store.head(); // after the checkpoint, which another process may raise meanwhile
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
