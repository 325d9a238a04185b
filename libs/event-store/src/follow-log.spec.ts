import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HavunEvent, RecordedEvent } from '@havun/domain';
import { LogFollower, type FollowOptions } from './follow-log.js';
import { aStream, anEvent } from './testing/events.js';
import { InMemoryEventStore } from './testing/in-memory-event-store.js';

let store: InMemoryEventStore;
let stop: AbortController;
let batches: number[][];
let failures: Error[];
let checkpoint: number;
beforeEach(() => {
  [store, stop, batches, failures, checkpoint] = [new InMemoryEventStore(), new AbortController(), [], [], 0];
});
afterEach(() => {
  stop.abort();
});

const append = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await store.append(aStream(), anEvent(), 'no-stream');
};
const apply = (events: readonly RecordedEvent<HavunEvent>[]): Promise<void> => {
  const failure = failures.shift();
  if (failure) return Promise.reject(failure);
  batches.push(events.map(({ position }) => position));
  checkpoint = events.at(-1)!.position;
  return Promise.resolve();
};
const follower = (options: Partial<FollowOptions> = {}) =>
  new LogFollower({
    store,
    signal: stop.signal,
    reader: { checkpoint: () => Promise.resolve(checkpoint), apply },
    retryMs: [1],
    ...options,
  });
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('catching up', () => {
  it('applies what comes after the checkpoint, in its order and in bounded batches', async () => {
    await append(7);
    checkpoint = 2;
    await follower({ batchSize: 2 }).catchUp();
    expect(batches).toEqual([[3, 4], [5, 6], [7]]);
  });

  it('is one round for all who ask during another one, and applies nothing twice', async () => {
    await append(3);
    const log = follower();
    const first = log.catchUp();
    await append(2);
    await Promise.all([first, log.catchUp(), log.catchUp()]);
    expect(batches.flat()).toEqual([1, 2, 3, 4, 5]);
  });

  it('tells the failure to those who wait for the round, and the next round begins where it stood', async () => {
    await append(3);
    failures = [new Error('the disk is full')];
    const log = follower();
    await expect(log.catchUp()).rejects.toThrow('the disk is full');
    await log.catchUp();
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('is refused where the log ends before the checkpoint (fault 5), in the reader’s words where it has some', async () => {
    await append(3);
    checkpoint = 4;
    await expect(follower().catchUp()).rejects.toMatchObject({ code: 'HEAD_BELOW_CHECKPOINT' });
    const refuseAhead = (head: number) => Promise.reject(new Error(`the tables are ahead of ${head}`));
    const reader = { checkpoint: () => Promise.resolve(checkpoint), apply, refuseAhead };
    await expect(follower({ reader }).catchUp()).rejects.toThrow('the tables are ahead of 3');
    expect(batches).toEqual([]);
  });

  it('ends after the batch in hand when it is stopped', async () => {
    await append(6);
    const reader = {
      checkpoint: () => Promise.resolve(checkpoint),
      apply: async (events: readonly RecordedEvent<HavunEvent>[]) => {
        await apply(events);
        stop.abort();
      },
    };
    await follower({ reader, batchSize: 2 }).catchUp();
    expect(batches).toEqual([[1, 2]]);
  });
});

describe('following', () => {
  it('goes on at every hint until it is stopped', async () => {
    const log = follower({ everyMs: 3_600_000 });
    const following = log.follow();
    for (const expected of [2, 4, 6]) {
      await append(2);
      log.hint();
      await until(() => checkpoint === expected);
    }
    stop.abort();
    await following;
    await log.idle();
  });

  it('misses no hint that comes during a round', async () => {
    await append(1);
    const log: LogFollower = follower({
      everyMs: 3_600_000,
      reader: {
        checkpoint: () => Promise.resolve(checkpoint),
        apply: async (events) => {
          await apply(events);
          if (checkpoint > 1) return;
          await append(1);
          log.hint();
        },
      },
    });
    void log.follow();
    await until(() => checkpoint === 2);
  });

  it('finds what nobody has told it of', async () => {
    void follower({ everyMs: 1 }).follow();
    await append(3);
    await until(() => checkpoint === 3);
  });

  it('tries again after failures, later each time, and says so', async () => {
    failures = [new Error('one'), new Error('two'), new Error('three')];
    const told: [string, number][] = [];
    await append(2);
    const onError = (error: unknown, retryInMs: number) => told.push([(error as Error).message, retryInMs]);
    void follower({ everyMs: 3_600_000, retryMs: [1, 2], onError }).follow();
    await until(() => checkpoint === 2);
    expect(told).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 2],
    ]);
  });
});
