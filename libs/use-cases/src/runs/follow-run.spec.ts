import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent, RestoreEvent, StreamId } from '@havun/domain';
import { followRun } from './follow-run.js';

const stream: StreamId = { host: 'local', category: 'restore', id: 'r1' };
const event = (position: number, type: string): RecordedEvent<RestoreEvent> =>
  ({ id: `e${position}`, stream, position, revision: position, event: { type } }) as never;

/** A stream that gets one event after each read, with a hint. */
class GrowingStream {
  readonly log: RecordedEvent<RestoreEvent>[] = [];
  listening = 0;
  reads = 0;
  private onHint = (): void => undefined;

  constructor(private readonly next: RecordedEvent<RestoreEvent>[]) {}

  readonly store = {
    read: () => {
      this.reads += 1;
      const events = [...this.log];
      const next = this.next.shift();
      if (next) {
        this.log.push(next);
        queueMicrotask(this.onHint);
      }
      return Promise.resolve(events);
    },
  };
  readonly hints = {
    listen: (_: StreamId, onHint: () => void) => {
      this.listening += 1;
      this.onHint = onHint;
      return { stop: () => (this.listening -= 1) };
    },
  };
}

const types = async (events: AsyncIterable<RecordedEvent<RestoreEvent>>, onEach?: () => void): Promise<string[]> => {
  const all: string[] = [];
  for await (const each of events) {
    all.push(each.event.type);
    onEach?.();
  }
  return all;
};

describe('following a run', () => {
  const grown = () =>
    new GrowingStream([event(1, 'RestoreRequested'), event(2, 'RestoreStarted'), event(3, 'RestoreFailed')]);
  const isOver = (events: readonly RestoreEvent[]) => events.at(-1)?.type === 'RestoreFailed';

  it('gives every event once and in order, to the one that ends it', async () => {
    const run = grown();
    const followed = types(followRun<RestoreEvent>(run, stream, { isOver, signal: new AbortController().signal }));
    expect(await followed).toEqual(['RestoreRequested', 'RestoreStarted', 'RestoreFailed']);
    expect(run.listening).toBe(0);
  });

  it('passes over what happened before the place that it begins at', async () => {
    const options = { isOver, signal: new AbortController().signal, from: 2 };
    expect(await types(followRun<RestoreEvent>(grown(), stream, options))).toEqual(['RestoreStarted', 'RestoreFailed']);
  });

  it('ends when it is told to, and listens no more', async () => {
    const run = grown();
    const abort = new AbortController();
    const followed = types(followRun<RestoreEvent>(run, stream, { isOver, signal: abort.signal }), () => {
      abort.abort();
    });
    expect(await followed).toEqual(['RestoreRequested']);
    expect(run.listening).toBe(0);
  });

  it('ends although nothing more happens when it is told to while it waits', async () => {
    const run = new GrowingStream([]);
    const abort = new AbortController();
    const followed = types(followRun<RestoreEvent>(run, stream, { isOver, signal: abort.signal }));
    setImmediate(() => {
      abort.abort();
    });
    expect(await followed).toEqual([]);
    expect(run.reads).toBe(1);
  });
});
