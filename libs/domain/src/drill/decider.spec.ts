import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../decider.js';
import { aDrillEvent, aDrillResult } from '../testing/drill-events.js';
import { specificationFor } from '../testing/specification.js';
import { drillDecider, isDrillEnded, type DrillCommand } from './decider.js';
import type { DrillEvent, DrillStep } from './events.js';

const { given } = specificationFor(drillDecider);
const now = '2025-11-22T04:01:00.000Z';
const requested = aDrillEvent('DrillRequested');
const started = aDrillEvent('DrillStarted');
const passed = aDrillEvent('DrillPassed', { at: now });
const failure = {
  code: 'CHECKSUM_MISMATCH',
  message: 'hetzner: the checksum differs',
  remedy: 'Make a new backup now.',
};
const result = aDrillResult();
const request: DrillCommand = { type: 'RequestDrill', now, ...requested.data };
const start = (maxAttempts = 3): DrillCommand => ({ type: 'StartDrill', now, runner: 'runner-2', maxAttempts });
const pass = (changed = result): DrillCommand => ({ type: 'EndDrill', now, result: changed });
const fail: DrillCommand = { type: 'FailDrill', now, ...failure };

const withStep = (step: DrillStep, outcome: 'failed' | 'skipped', why?: typeof failure) =>
  aDrillResult({
    steps: result.steps.map((one) =>
      one.step === step ? { ...one, result: outcome, ...(why && { failure: why }) } : one,
    ),
  });

describe('a drill', () => {
  it('is requested once, and counts its attempts', () => {
    given()
      .when(request)
      .then({ ...requested, at: now });
    given(requested).when(request).thenNothing();
    given(requested)
      .when(start())
      .then({ type: 'DrillStarted', at: now, data: { attempt: 1, runner: 'runner-2' } });
    given(requested, started)
      .when(start())
      .then({ type: 'DrillStarted', at: now, data: { attempt: 2, runner: 'runner-2' } });
  });

  it('has failed as interrupted once the attempts are used up', () => {
    const decision = drillDecider.decide(start(1), fold(drillDecider, [requested, started]));
    expect(decision).toMatchObject({
      event: { type: 'DrillFailed', data: { code: 'INTERRUPTED', quarter: '2025-Q4' } },
    });
  });

  it('passes with what was found', () => {
    given(requested, started).when(pass()).then(passed);
    expect(fold(drillDecider, [requested, started, passed])).toMatchObject({ status: 'passed', result, endedAt: now });
  });

  it('fails with what was found and why', () => {
    const failed = aDrillEvent('DrillFailed', { at: now, ...failure });
    given(requested, started).when({ type: 'EndDrill', now, result, failure }).then(failed);
    expect(fold(drillDecider, [requested, started, failed])).toMatchObject({ status: 'failed', result, failure });
  });

  it('can not pass with a step that failed, whatever its end says', () => {
    given(requested, started)
      .when(pass(withStep('tables', 'failed', failure)))
      .then(aDrillEvent('DrillFailed', { at: now, ...withStep('tables', 'failed', failure), ...failure }));
    const decision = drillDecider.decide(pass(withStep('cleanup', 'failed')), fold(drillDecider, [requested, started]));
    expect(decision).toMatchObject({ event: { type: 'DrillFailed', data: { code: 'DRILL_INCOMPLETE' } } });
  });

  it('can not pass without a look at the archive, but without a database', () => {
    const state = fold(drillDecider, [requested, started]);
    for (const hollow of [
      withStep('checksum', 'skipped'),
      withStep('extract', 'skipped'),
      aDrillResult({ steps: [] }),
    ]) {
      expect(drillDecider.decide(pass(hollow), state)).toMatchObject({
        event: { type: 'DrillFailed', data: { code: 'DRILL_INCOMPLETE' } },
      });
    }
    expect(drillDecider.decide(pass(withStep('database', 'skipped')), state)).toMatchObject({
      event: { type: 'DrillPassed' },
    });
  });

  it('is refused an end before it has started, and everything before it was requested', () => {
    given(requested).when(pass()).thenRefused('OUT_OF_ORDER');
    for (const early of [start(), pass(), fail]) given().when(early).thenRefused('OUT_OF_ORDER');
  });

  it('that can not go on fails without steps', () => {
    const nothing = { project: 'havunadmin', quarter: '2025-Q4', steps: [], recoveryMs: 0 };
    const failed: DrillEvent = { type: 'DrillFailed', at: now, data: { ...nothing, ...failure } };
    given(requested).when(fail).then(failed);
    given(requested, started).when(fail).then(failed);
  });

  it('that has ended stays as it ended', () => {
    for (const end of [passed, aDrillEvent('DrillFailed')]) {
      for (const late of [request, start(), pass(), fail]) given(requested, started, end).when(late).thenNothing();
      const state = fold(drillDecider, [requested, started, end]);
      for (const late of [requested, started, passed, aDrillEvent('DrillFailed')]) {
        expect(drillDecider.evolve(state, late)).toBe(state);
      }
    }
  });

  it('ends at most once, in any order of commands', () => {
    const anyCommand = fc.constantFrom(request, start(), pass(), pass(withStep('files', 'failed')), fail);
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 20 }), (commands) => {
        const history: DrillEvent[] = [];
        for (const next of commands) {
          const decision = drillDecider.decide(next, fold(drillDecider, history));
          if (decision.kind === 'event') history.push(decision.event);
        }
        const ends = history.filter(({ type }) => type === 'DrillPassed' || type === 'DrillFailed');
        expect(ends.length).toBe(isDrillEnded(fold(drillDecider, history)) ? 1 : 0);
      }),
    );
  });
});
