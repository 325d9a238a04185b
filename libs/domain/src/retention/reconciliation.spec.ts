import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { specificationFor } from '../testing/specification.js';
import type { ReconciliationEvent } from './events.js';
import {
  findingsIn,
  isReconciliationEnded,
  isStorageDone,
  reconciliationDecider,
  type ReconciledStorage,
  type ReconciliationCommand,
} from './reconciliation.js';

const { given } = specificationFor(reconciliationDecider);
const [at, now] = ['2026-11-29T07:30:00.000Z', '2026-11-29T07:31:40.000Z'];
const nothing = { files: 0, bytes: 0, examples: [] };
const clean: ReconciledStorage = {
  storage: 'local',
  copies: 4,
  missing: 0,
  wrongSize: 0,
  damaged: 0,
  badCopies: [],
  moved: 0,
  withoutChecksum: 0,
  undeleted: 0,
  repaired: 0,
  notRepaired: [],
  unreadable: [],
  hashed: 0,
  hashedBytes: 0,
  overdue: 0,
  unknown: nothing,
  leftParts: nothing,
  usage: [],
};
const away = { code: 'UNREACHABLE', message: 'it is away', remedy: 'Wait.' };

const requested: ReconciliationEvent = {
  type: 'ReconciliationRequested',
  at,
  data: { trigger: 'manual', requestedBy: 'henk', repair: false },
};
const started = (attempt: number): ReconciliationEvent => ({
  type: 'ReconciliationStarted',
  at,
  data: { attempt, runner: 'retention-1' },
});
const done = (changes: Partial<ReconciledStorage> = {}): ReconciliationEvent => ({
  type: 'StorageReconciled',
  at,
  data: { ...clean, ...changes },
});
const start: ReconciliationCommand = { type: 'StartReconciliation', now, runner: 'retention-2', maxAttempts: 2 };
const complete: ReconciliationCommand = { type: 'CompleteReconciliation', now };

describe('a comparison of the storages with the log', () => {
  it('is requested once', () => {
    given()
      .when({ type: 'RequestReconciliation', now: at, ...requested.data })
      .then(requested);
    given(requested)
      .when({ type: 'RequestReconciliation', now, ...requested.data })
      .thenNothing();
  });

  it('is not begun where nobody asked for it', () => {
    given().when(start).thenRefused('OUT_OF_ORDER');
  });

  it('is tried again after its service was killed, and given up at the limit of attempts', () => {
    given(requested, started(1))
      .when(start)
      .then({ type: 'ReconciliationStarted', at: now, data: { attempt: 2, runner: 'retention-2' } });
    const decision = reconciliationDecider.decide(
      start,
      fold(reconciliationDecider, [requested, started(1), started(2)]),
    );
    expect(decision).toMatchObject({ event: { type: 'ReconciliationFailed', data: { code: 'INTERRUPTED' } } });
  });

  it('says once what came of a storage, also in another attempt', () => {
    const again: ReconciliationCommand = { type: 'RecordReconciledStorage', now, ...clean };
    given(requested, started(1)).when(again).then({ type: 'StorageReconciled', at: now, data: clean });
    given(requested, started(1), done(), started(2)).when(again).thenNothing();
    given(requested, started(1), done())
      .when({ type: 'RecordUnreconciledStorage', now, storage: 'local', ...away })
      .thenNothing();
    const state = fold(reconciliationDecider, [requested, started(1), done(), started(2)]);
    expect([isStorageDone(state, 'local'), isStorageDone(state, 'hetzner')]).toEqual([true, false]);
  });

  it('ends with the sum of what was found, and of what is left of that', () => {
    const found = done({
      missing: 2,
      damaged: 1,
      repaired: 1,
      moved: 1,
      unknown: { files: 3, bytes: 9, examples: ['x'] },
    });
    const notDone: ReconciliationEvent = { type: 'StorageNotReconciled', at, data: { storage: 'hetzner', ...away } };
    given(requested, started(1), found, notDone)
      .when(complete)
      .then({
        type: 'ReconciliationCompleted',
        at: now,
        data: { storages: 1, findings: 8, open: 6, durationSeconds: 100 },
      });
  });

  it('ends once', () => {
    const completed: ReconciliationEvent = {
      type: 'ReconciliationCompleted',
      at,
      data: { storages: 1, findings: 0, open: 0, durationSeconds: 1 },
    };
    const failed: ReconciliationEvent = { type: 'ReconciliationFailed', at, data: { ...away, durationSeconds: 1 } };
    for (const end of [completed, failed]) {
      const state = fold(reconciliationDecider, [requested, started(1), end]);
      expect(isReconciliationEnded(state)).toBe(true);
      expect(reconciliationDecider.evolve(state, done())).toBe(state);
      for (const command of [start, complete, { type: 'FailReconciliation', now, ...away } as const])
        given(requested, started(1), end).when(command).thenNothing();
    }
  });

  it('has nothing left where everything was repaired', () => {
    expect(findingsIn(clean)).toEqual({ findings: 0, open: 0 });
    const repaired = { ...clean, missing: 1, wrongSize: 1, damaged: 1, withoutChecksum: 1, repaired: 4, moved: 2 };
    expect(findingsIn(repaired)).toEqual({ findings: 6, open: 0 });
    expect(findingsIn({ ...clean, unreadable: [{ count: 2, ...away }], undeleted: 1 })).toEqual({
      findings: 3,
      open: 3,
    });
  });
});
