import { describe, expect, it } from '@jest/globals';
import { RetryLater } from './errors.js';
import { delayAfter, exhausted, acknowledgementOf, type Outcome, type Acknowledgement } from './acknowledgement.js';

const policy = { maxDeliver: 3, backoffMs: [100, 2000] };
const passing = Object.assign(new Error('connection refused'), { retryable: true });
const lasting = Object.assign(new Error('wrong password'), { retryable: false });
const unforeseen = new TypeError('undefined is not a function');
const notNow = new RetryLater(5000, 'another backup runs');
const failed = (error: unknown): Outcome => ({ kind: 'failed', error });

const table: [what: string, outcome: Outcome, deliveries: number, acknowledgement: Acknowledgement][] = [
  ['a handler that is done: ack', { kind: 'completed' }, 1, { kind: 'ack' }],
  ['one that is done at the last delivery: ack', { kind: 'completed' }, 3, { kind: 'ack' }],
  ['a passing failure: again after the first delay', failed(passing), 1, { kind: 'nak', delayMs: 100 }],
  ['its second delivery: again after the second delay', failed(passing), 2, { kind: 'nak', delayMs: 2000 }],
  ['its last delivery: quarantine', failed(passing), 3, { kind: 'quarantine', error: passing }],
  ['a failure that stays: quarantine at once', failed(lasting), 1, { kind: 'quarantine', error: lasting }],
  ['a failure nobody foresaw may pass: again', failed(unforeseen), 1, { kind: 'nak', delayMs: 100 }],
  ['something thrown that is no error: again', failed('oops'), 1, { kind: 'nak', delayMs: 100 }],
  ['not now: later, uncounted', failed(notNow), 1, { kind: 'defer', delayMs: 5000 }],
  ['not now at the last delivery: later, never quarantine', failed(notNow), 3, { kind: 'defer', delayMs: 5000 }],
  ['interrupted by a stop: back at once, uncounted', { kind: 'interrupted' }, 3, { kind: 'defer', delayMs: 0 }],
  ['lost to another process: nothing to say', { kind: 'lost' }, 1, { kind: 'leave' }],
];

describe('the acknowledgement of a message', () => {
  it.each(table)('%s', (_what, outcome, deliveries, acknowledgement) => {
    expect(acknowledgementOf(outcome, deliveries, policy)).toEqual(acknowledgement);
  });

  it('repeats the last delay, and waits for nothing where none is given', () => {
    expect([1, 2, 3, 99].map((deliveries) => delayAfter(deliveries, policy))).toEqual([100, 2000, 2000, 2000]);
    expect(delayAfter(1, { backoffMs: [] })).toBe(0);
  });

  it('does not try a message again that took the process down at every delivery', () => {
    expect(exhausted(3, policy)).toBeUndefined();
    expect(exhausted(4, policy)).toMatchObject({ code: 'DELIVERIES_EXHAUSTED', retryable: false });
    expect(acknowledgementOf(failed(exhausted(4, policy)), 4, policy)).toMatchObject({ kind: 'quarantine' });
  });
});
