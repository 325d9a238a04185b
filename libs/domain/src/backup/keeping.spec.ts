import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../decider.js';
import { aBackupEvent, aPolicy } from '../testing/events.js';
import { specificationFor } from '../testing/specification.js';
import type { BackupCommand } from './commands.js';
import { backupDecider } from './decider.js';
import type { BackupEvent } from './events.js';
import { restorableCopies } from './restorability.js';
import { isEnded, type EndedBackup } from './state.js';

const { given } = specificationFor(backupDecider);
const now = '2026-01-21T02:00:00.000Z';
const begun = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated')] as const;
const whole = (storage: string, at?: string) => aBackupEvent('Verified', { storage, ...(at && { at }) });
const broken = (storage: string, at?: string) => aBackupEvent('VerificationFailed', { storage, ...(at && { at }) });
const success = [
  ...begun,
  whole('local'),
  aBackupEvent('Uploaded'),
  whole('hetzner'),
  aBackupEvent('BackupCompleted'),
] as const;
const partial = [
  ...begun,
  whole('local'),
  aBackupEvent('UploadFailed'),
  aBackupEvent('BackupCompleted', { status: 'partial' }),
] as const;

const stateAfter = (...events: BackupEvent[]): EndedBackup => {
  const state = fold(backupDecider, events);
  if (!isEnded(state)) throw new Error(`the backup is ${state.status}`);
  return state;
};
const command = (type: BackupCommand['type'], data: object): BackupCommand =>
  ({ type, now, ...data }) as unknown as BackupCommand;
const reverified = (changes: object = {}) => command('RecordReverification', { ...whole('hetzner').data, ...changes });
const damaged = (changes: object = {}) =>
  command('RecordReverificationFailure', { ...broken('hetzner').data, ...changes });

describe('a copy of an ended backup', () => {
  it('is read back again as often as somebody does, and tells when it was', () => {
    given(...success)
      .when(reverified())
      .then(whole('hetzner', now));
    const state = stateAfter(...success, whole('hetzner', now));
    expect(state.archived?.copies.get('hetzner')).toEqual({ state: 'verified', path: begun[2].data.path, at: now });
    expect(state.archived?.copies.get('local')).toMatchObject({ at: begun[0].at });
    expect(state).toMatchObject({ status: 'success', endedAt: begun[0].at, durationSeconds: 60 });
  });

  it('that turns out to be damaged is no longer restored from, and the backup is worth less', () => {
    given(...success)
      .when(damaged())
      .then(broken('hetzner', now));
    const one = stateAfter(...success, broken('hetzner', now));
    expect(one).toMatchObject({ status: 'partial', failure: { code: 'CHECKSUM_MISMATCH' } });
    expect(restorableCopies(one).map(({ storage }) => storage)).toEqual(['local']);
    const both = stateAfter(...success, broken('hetzner', now), broken('local', now));
    expect([both.status, restorableCopies(both)]).toEqual(['failed', []]);
  });

  it('is trusted again once it was read back whole', () => {
    expect(stateAfter(...success, broken('hetzner'), whole('hetzner', now))).toMatchObject({ status: 'success' });
  });

  it('is called whole only where what was read is the archive that was made', () => {
    given(...success)
      .when(reverified({ sha256: 'c'.repeat(64) }))
      .thenRefused('NOT_THE_ARCHIVE');
    given(...success)
      .when(reverified({ size: 999 }))
      .thenRefused('NOT_THE_ARCHIVE');
  });

  it('that lies elsewhere by now, or never came, is not the one that was looked at', () => {
    for (const look of [reverified, damaged]) {
      given(...success)
        .when(look({ path: 'havunadmin/archive/2025/11/a.zip' }))
        .thenNothing();
      given(...partial)
        .when(look())
        .thenNothing();
    }
  });

  it('in a storage that the backup does not have is refused, and so is every copy where no archive came to be', () => {
    const noArchive = [begun[0], begun[1], aBackupEvent('BackupFailed')] as const;
    for (const look of [reverified, damaged]) {
      given(...success)
        .when(look({ storage: 'elsewhere' }))
        .thenRefused('UNKNOWN_COPY');
      given(...noArchive)
        .when(look())
        .thenRefused('UNKNOWN_COPY');
    }
  });

  it('is kept only once the run has ended', () => {
    for (const look of [reverified(), damaged()]) {
      given().when(look).thenRefused('OUT_OF_ORDER');
      given(...success.slice(0, 5))
        .when(look)
        .thenRefused('OUT_OF_ORDER');
    }
  });

  it('does not make the run go on: what belongs to that has nothing to do any more', () => {
    given(...success, broken('hetzner'))
      .when(command('RecordVerification', whole('hetzner').data))
      .thenNothing();
    given(...success, broken('hetzner'))
      .when(command('CompleteBackup', {}))
      .thenNothing();
  });
});

const move = (changes: object = {}) => command('RecordMove', { ...aBackupEvent('MovedToArchive').data, ...changes });
const repair = (changes: object = {}) => command('RecordRepair', { ...aBackupEvent('CopyRepaired').data, ...changes });
const copyIn = ({ archived }: EndedBackup, storage = 'hetzner') => archived?.copies.get(storage);

describe('a copy that moves to the archive', () => {
  const moved = aBackupEvent('MovedToArchive', { at: now });
  const { from, to } = moved.data;

  it('is the same copy at another place, and as good as it was', () => {
    given(...success)
      .when(move())
      .then(moved);
    const state = stateAfter(...success, moved);
    expect(copyIn(state)).toEqual({ state: 'verified', path: to, at: begun[0].at });
    expect([state.status, copyIn(state, 'local')]).toMatchObject(['success', { path: from }]);
    expect(copyIn(stateAfter(...success, broken('hetzner'), moved))).toMatchObject({ state: 'failed', path: to });
  });

  it('goes to the place that its name says, and to no other', () => {
    const others = [
      from,
      to.replace('/archive/', '/elsewhere/'),
      to.replace(/\d{4}/, '1999'),
      `${to}.part`,
      '../x.zip',
    ];
    for (const other of others) {
      given(...success)
        .when(move({ to: other }))
        .thenRefused('NOT_ITS_ARCHIVE');
    }
  });

  it('moves once, however often that is said', () => {
    given(...success, moved)
      .when(move())
      .thenNothing();
    const state = stateAfter(...success, moved);
    expect(stateAfter(...success, moved, { ...moved, at: '2026-01-22T02:00:00.000Z' })).toEqual(state);
  });

  it('that never came, or is being deleted, is not there to move', () => {
    given(...partial)
      .when(move())
      .thenNothing();
    given(...success, aBackupEvent('DeletionStarted', { storage: 'hetzner' }))
      .when(move())
      .thenNothing();
    given(...success)
      .when(move({ storage: 'elsewhere' }))
      .thenRefused('UNKNOWN_COPY');
    given(...success.slice(0, 5))
      .when(move())
      .thenRefused('OUT_OF_ORDER');
  });
});

describe('a damaged copy', () => {
  const repaired = aBackupEvent('CopyRepaired', { at: now });
  const history = [...success, broken('hetzner')] as const;

  it('is good again once it was made anew from another one', () => {
    given(...history)
      .when(repair())
      .then(repaired);
    const state = stateAfter(...history, repaired);
    expect([state.status, copyIn(state)]).toEqual([
      'success',
      { state: 'verified', path: repaired.data.path, at: now },
    ]);
  });

  it('that is not damaged, or no longer is, is not repaired', () => {
    for (const before of [success, [...history, repaired], [...history, whole('hetzner')]]) {
      given(...before)
        .when(repair())
        .thenNothing();
    }
    const state = stateAfter(...success);
    expect(backupDecider.evolve(state, repaired)).toBe(state);
  });

  it('is repaired only with the archive that was made', () => {
    for (const other of [{ sha256: 'c'.repeat(64) }, { size: 999 }]) {
      given(...history)
        .when(repair(other))
        .thenRefused('NOT_THE_ARCHIVE');
    }
    given(...history)
      .when(repair({ storage: 'elsewhere' }))
      .thenRefused('UNKNOWN_COPY');
  });
});

describe('the state of a backup', () => {
  const ends = [success, partial, [...begun.slice(0, 2), aBackupEvent('BackupFailed')]];
  const again = aBackupEvent('BackupRequested', { name: 'another', policy: aPolicy({ copies: ['local'] }) });

  it('is never reset by a second request', () => {
    for (const history of [begun.slice(0, 1), begun.slice(0, 2), begun, ...ends, [aBackupEvent('BackupCatalogued')]]) {
      const state = fold(backupDecider, history);
      expect(backupDecider.evolve(state, again)).toBe(state);
    }
  });

  it('is left as it is by what belongs to the run, once that has ended', () => {
    const late = [...begun, aBackupEvent('Uploaded'), aBackupEvent('UploadFailed'), success[6], partial[5]];
    for (const history of ends) {
      const state = fold(backupDecider, history);
      for (const event of late) expect(backupDecider.evolve(state, event)).toBe(state);
    }
  });

  it('does not go back from copies to an archive that is built', () => {
    const state = fold(backupDecider, begun);
    expect(backupDecider.evolve(state, aBackupEvent('BackupStarted', { attempt: 2 }))).toBe(state);
    expect(backupDecider.evolve(state, aBackupEvent('ArchiveCreated', { size: 1 }))).toBe(state);
  });

  it('is worth what its copies are, whatever was seen of them and in whatever order', () => {
    const seen = fc.constantFrom(whole('local'), whole('hetzner'), broken('local'), broken('hetzner'));
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 12 }), (looks) => {
        const { status, archived } = stateAfter(...success, ...looks);
        const good = [...archived!.copies.values()].filter(({ state }) => state === 'verified').length;
        expect(status).toBe(['failed', 'partial', 'success'][good]);
        for (const storage of ['local', 'hetzner']) {
          const last = looks.filter(({ data }) => data.storage === storage).at(-1);
          const state = last?.type === 'VerificationFailed' ? 'failed' : 'verified';
          expect(archived!.copies.get(storage)?.state).toBe(state);
        }
      }),
    );
  });
});

describe('a copy while the run goes on', () => {
  it('is called verified only where what was read is the archive that was made', () => {
    given(...begun)
      .when(command('RecordVerification', { ...whole('local').data, sha256: 'c'.repeat(64) }))
      .thenRefused('NOT_THE_ARCHIVE');
  });
});
