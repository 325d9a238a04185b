import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { aRestoreEvent } from '../testing/restore-events.js';
import { specificationFor } from '../testing/specification.js';
import type { RestoreCommand } from './commands.js';
import { restoreDecider } from './decider.js';
import type { RestoreEvent } from './events.js';
import { isRestoreEnded } from './state.js';

const { given } = specificationFor(restoreDecider);
const now = '2025-11-22T09:00:30.000Z';
const requested = aRestoreEvent('RestoreRequested');
const toFolder = aRestoreEvent('RestoreRequested', {
  target: { kind: 'folder', path: '/srv/look' },
  safetyBackup: false,
});
const safe = aRestoreEvent('SafetyBackupMade');
const started = aRestoreEvent('RestoreStarted');
const rejected = aRestoreEvent('CopyRejected');
const fetched = aRestoreEvent('ArchiveFetched');
const staged = aRestoreEvent('FilesStaged');
const imported = aRestoreEvent('DatabaseImported');
const switching = aRestoreEvent('SwitchStarted');
const completed = aRestoreEvent('RestoreCompleted');
const failed = aRestoreEvent('RestoreFailed');
const undoRequested = aRestoreEvent('RestoreUndoRequested');
const running = [requested, safe, started] as const;
const ready = [...running, fetched, staged, imported] as const;

const command = (type: RestoreCommand['type'], data: object): RestoreCommand =>
  ({ type, now, ...data }) as unknown as RestoreCommand;
const start = (maxAttempts = 3) => command('StartRestore', { runner: 'runner-2', maxAttempts });
const startedAs = (attempt: number): RestoreEvent => ({
  type: 'RestoreStarted',
  at: now,
  data: { attempt, runner: 'runner-2' },
});
const { durationSeconds: _d, ...completion } = completed.data;
const { durationSeconds: _f, target: _t, ...failure } = failed.data;
const complete = command('CompleteRestore', completion);
const fail = command('FailRestore', failure);

/** Every command of the work itself, with its event. */
const steps: [RestoreCommand, RestoreEvent][] = [
  [command('RejectCopy', rejected.data), { ...rejected, at: now }],
  [command('RecordFetch', fetched.data), { ...fetched, at: now }],
  [command('RecordStaging', staged.data), { ...staged, at: now }],
  [command('RecordImport', imported.data), { ...imported, at: now }],
];

describe('a request for a restore', () => {
  it('is recorded once, however often it is repeated', () => {
    given()
      .when(command('RequestRestore', requested.data))
      .then({ ...requested, at: now });
    given(requested).when(command('RequestRestore', requested.data)).thenNothing();
  });

  it('waits for its safety backup', () => {
    given(requested).when(start()).thenRefused('NO_SAFETY_BACKUP');
    given(requested, safe).when(start()).then(startedAs(1));
    given(toFolder).when(start()).then(startedAs(1));
  });

  it('gets its safety backup once, also where that is told again later', () => {
    const record = command('RecordSafetyBackup', safe.data);
    given(requested)
      .when(record)
      .then({ ...safe, at: now });
    given(requested, safe).when(record).thenNothing();
    given(...running)
      .when(record)
      .thenNothing();
    given(...ready, switching, completed)
      .when(record)
      .thenNothing();
  });
});

describe('an attempt', () => {
  it('counts, and begins anew', () => {
    given(...running)
      .when(start())
      .then(startedAs(2));
    const state = fold(restoreDecider, [...running, rejected, fetched, staged, imported, startedAs(2)]);
    expect(state).toMatchObject({
      status: 'running',
      attempts: 2,
      rejected: [],
      imported: [],
      safetyBackup: safe.data,
    });
    expect(state).not.toHaveProperty('fetched');
    expect(state).not.toHaveProperty('staged');
  });

  it('is given up as interrupted once they are used up, with the target untouched', () => {
    const decision = restoreDecider.decide(start(1), fold(restoreDecider, ready));
    expect(decision).toMatchObject({
      event: { type: 'RestoreFailed', data: { code: 'INTERRUPTED', target: 'untouched', durationSeconds: 30 } },
    });
  });

  it('is never given up once the switch has begun: that one is ended', () => {
    given(...ready, switching)
      .when(start(1))
      .then(startedAs(2));
    const state = fold(restoreDecider, [...ready, switching, startedAs(2)]);
    expect(state).toMatchObject({ status: 'running', fetched: fetched.data, switching: switching.data });
  });

  it('records each step once', () => {
    for (const [step, event] of steps) {
      given(...running)
        .when(step)
        .then(event);
      given(...running, event)
        .when(step)
        .thenNothing();
      given(...running, event, startedAs(2))
        .when(step)
        .then(event);
    }
  });

  it('records several databases and several bad copies', () => {
    given(...running, imported)
      .when(command('RecordImport', { ...imported.data, name: 'other' }))
      .then(aRestoreEvent('DatabaseImported', { at: now, name: 'other' }));
    given(...running, rejected)
      .when(command('RejectCopy', { ...rejected.data, storage: 'hetzner' }))
      .then(aRestoreEvent('CopyRejected', { at: now, storage: 'hetzner' }));
  });

  it('fetches again where the copy that it had fetched turns out to be bad', () => {
    const bad = aRestoreEvent('CopyRejected', { storage: fetched.data.storage });
    const [, [fetch, event]] = steps as [unknown, [RestoreCommand, RestoreEvent]];
    given(...ready, bad)
      .when(fetch)
      .then(event);
    given(...ready, rejected)
      .when(fetch)
      .thenNothing();
    given(...ready, bad)
      .when(command('StartSwitch', switching.data))
      .thenRefused('OUT_OF_ORDER');
  });

  it('is refused its steps before it has started', () => {
    for (const [step] of steps) given(requested, safe).when(step).thenRefused('OUT_OF_ORDER');
    given(requested, safe).when(complete).thenRefused('OUT_OF_ORDER');
    given().when(fail).thenRefused('OUT_OF_ORDER');
  });
});

describe('the switch', () => {
  it('begins once there is an archive, and once', () => {
    const begin = command('StartSwitch', switching.data);
    given(...running)
      .when(begin)
      .thenRefused('OUT_OF_ORDER');
    given(...ready)
      .when(begin)
      .then({ ...switching, at: now });
    given(...ready, switching)
      .when(begin)
      .thenNothing();
  });

  it('leaves nothing to do but to end it', () => {
    for (const [step] of steps)
      given(...ready, switching)
        .when(step)
        .thenNothing();
    given(...ready, switching)
      .when(fail)
      .thenNothing();
    given(...ready, switching)
      .when(command('FailRestore', { ...failure, takenBack: true }))
      .then(aRestoreEvent('RestoreFailed', { at: now, stage: 'switch', target: 'taken-back', durationSeconds: 30 }));
  });

  it('must have begun before a restore is complete, except into a folder, which is renamed as a whole', () => {
    given(...ready)
      .when(complete)
      .thenRefused('OUT_OF_ORDER');
    given(...ready, switching)
      .when(complete)
      .then({ ...completed, at: now });
    given(toFolder, started, fetched, staged)
      .when(complete)
      .then({ ...completed, at: now });
    given(toFolder, started).when(complete).thenRefused('OUT_OF_ORDER');
  });
});

describe('a restore that has ended', () => {
  const ends: RestoreEvent[][] = [[failed], [switching, completed], [switching, completed, undoRequested]];

  it('has nothing more to do, whatever message comes again', () => {
    for (const end of ends) {
      for (const late of [start(), ...steps.map(([step]) => step), complete, fail]) {
        given(...ready, ...end)
          .when(late)
          .thenNothing();
      }
    }
  });

  it('stays as it ended, whatever the log says later', () => {
    for (const end of ends.slice(0, 2)) {
      const state = fold(restoreDecider, [...ready, ...end]);
      expect(isRestoreEnded(state)).toBe(true);
      for (const late of [requested, started, fetched, switching, completed, failed]) {
        expect(restoreDecider.evolve(state, late)).toBe(state);
      }
    }
  });
});

describe('what a restore that failed has done to its target', () => {
  const outcome = (command: RestoreCommand, ...history: RestoreEvent[]) => {
    const decision = restoreDecider.decide(command, fold(restoreDecider, history));
    if (decision.kind !== 'event' || decision.event.type !== 'RestoreFailed') return decision.kind;
    const { stage, target } = decision.event.data;
    return `${stage}: ${target}`;
  };
  const takenBack = command('FailRestore', { ...failure, takenBack: true });
  const abandon = (eventType: RestoreEvent['type'] = 'RestoreRequested') =>
    command('AbandonRestore', { eventType, code: 'X', message: 'x', remedy: 'x' });

  it('is nothing before the switch, whatever is claimed', () => {
    expect(outcome(fail, ...ready)).toBe('fetch: untouched');
    expect(outcome(takenBack, ...ready)).toBe('fetch: untouched');
    expect(outcome(command('FailRestore', { ...failure, target: 'unclear' }), ...ready)).toBe('fetch: untouched');
  });

  it('is not said once the switch has begun, unless it was taken back', () => {
    expect(outcome(fail, ...ready, switching)).toBe('nothing');
    expect(outcome(command('FailRestore', { ...failure, target: 'untouched' }), ...ready, switching)).toBe('nothing');
    expect(outcome(takenBack, ...ready, switching)).toBe('switch: taken-back');
  });

  it('follows from how far it had come where nobody goes on with it', () => {
    const fetchedOnly = [...running, fetched];
    expect(outcome(abandon(), requested)).toBe('safety-backup: untouched');
    expect(outcome(abandon(), toFolder)).toBe('request: untouched');
    expect(outcome(abandon(), ...running)).toBe('fetch: untouched');
    expect(outcome(abandon(), ...fetchedOnly)).toBe('stage: untouched');
    expect(outcome(abandon(), ...fetchedOnly, staged)).toBe('import: untouched');
    expect(outcome(abandon(), ...ready, switching)).toBe('switch: unclear');
  });

  it('is left as it is where the work had ended before it was abandoned', () => {
    for (const end of [[failed], [switching, completed], [switching, completed, undoRequested]]) {
      expect(outcome(abandon(), ...ready, ...end)).toBe('nothing');
    }
    given().when(abandon()).thenRefused('OUT_OF_ORDER');
  });

  it('is said of the undo or the confirmation where the message of that was abandoned', () => {
    const { what: _, ...why } = aRestoreEvent('RestoreSettlementFailed').data;
    const done = [...ready, switching, completed];
    const steps = [
      ['undo', undoRequested],
      ['confirm', aRestoreEvent('RestoreConfirmRequested')],
    ] as const;
    for (const [what, asked] of steps) {
      const giveUp = command('AbandonRestore', { eventType: asked.type, ...why });
      given(...done, asked)
        .when(giveUp)
        .then(aRestoreEvent('RestoreSettlementFailed', { at: now, what }));
      given(...done)
        .when(giveUp)
        .thenNothing();
    }
  });
});
