import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../decider.js';
import { aBackupEvent, aPolicy } from '../testing/events.js';
import { specificationFor } from '../testing/specification.js';
import type { BackupCommand } from './commands.js';
import { backupDecider } from './decider.js';
import type { BackupEvent, BackupEventData } from './events.js';
import { copiesToUpload, copiesToVerify } from './copies.js';
import { isEnded } from './state.js';

const { given } = specificationFor(backupDecider);
const now = '2025-11-21T02:01:00.000Z';
const requested = aBackupEvent('BackupRequested');
const started = aBackupEvent('BackupStarted');
const archived = aBackupEvent('ArchiveCreated');
const uploaded = aBackupEvent('Uploaded');
const uploadFailed = aBackupEvent('UploadFailed');
const localVerified = aBackupEvent('Verified', { storage: 'local' });
const offsiteVerified = aBackupEvent('Verified', { storage: 'hetzner' });
const localBroken = aBackupEvent('VerificationFailed', { storage: 'local' });

const command = <Type extends BackupCommand['type']>(
  type: Type,
  data: object,
): Extract<BackupCommand, { type: Type }> =>
  ({ type, now, ...data }) as unknown as Extract<BackupCommand, { type: Type }>;
const start = (attempts = 3) => command('StartBackup', { runner: 'runner-2', maxAttempts: attempts });
const complete = command('CompleteBackup', {});

describe('a request', () => {
  it('is recorded when nothing is known of the backup', () => {
    given()
      .when(command('RequestBackup', requested.data))
      .then({ ...requested, at: now });
  });

  it('is recorded once, however often it is repeated', () => {
    given(requested).when(command('RequestBackup', requested.data)).thenNothing();
  });
});

describe('starting', () => {
  it('counts the attempts', () => {
    given(requested)
      .when(start())
      .then({ type: 'BackupStarted', at: now, data: { attempt: 1, runner: 'runner-2' } });
    given(requested, started)
      .when(start())
      .then({ type: 'BackupStarted', at: now, data: { attempt: 2, runner: 'runner-2' } });
  });

  it('gives the run up as interrupted once the attempts are used up', () => {
    const decision = backupDecider.decide(start(1), fold(backupDecider, [requested, started]));
    expect(decision).toMatchObject({
      kind: 'event',
      event: { type: 'BackupFailed', data: { stage: 'archive', code: 'INTERRUPTED', durationSeconds: 60 } },
    });
  });

  it('has nothing to do once the archive is on record', () => {
    given(requested, started, archived).when(start()).thenNothing();
  });

  it('is refused for a backup that nobody asked for', () => {
    given().when(start()).thenRefused('OUT_OF_ORDER');
  });
});

describe('the archive', () => {
  it('is recorded by a started run, once', () => {
    given(requested, started)
      .when(command('RecordArchive', archived.data))
      .then({ ...archived, at: now });
    given(requested, started, archived).when(command('RecordArchive', archived.data)).thenNothing();
  });

  it('is refused from a run that was not started', () => {
    given(requested).when(command('RecordArchive', archived.data)).thenRefused('OUT_OF_ORDER');
  });

  it('makes the offsite copies due for upload and the local copy due for verification', () => {
    const state = fold(backupDecider, [requested, started, archived]);
    expect(copiesToUpload(state)).toEqual(['hetzner']);
    expect(copiesToVerify(state)).toEqual([{ storage: 'local', path: archived.data.path }]);
  });
});

describe('a copy', () => {
  const distributing = [requested, started, archived] as const;

  it('is uploaded once', () => {
    given(...distributing)
      .when(command('RecordUpload', uploaded.data))
      .then({ ...uploaded, at: now });
    given(...distributing, uploaded)
      .when(command('RecordUpload', uploaded.data))
      .thenNothing();
  });

  it('is not uploaded after it was given up', () => {
    given(...distributing, uploadFailed)
      .when(command('RecordUpload', uploaded.data))
      .thenNothing();
  });

  it('is not verified before it lies there', () => {
    given(...distributing)
      .when(command('RecordVerification', offsiteVerified.data))
      .thenNothing();
  });

  it('in a storage that the backup does not have is refused', () => {
    given(...distributing)
      .when(command('RecordUpload', { ...uploaded.data, storage: 'elsewhere' }))
      .thenRefused('UNKNOWN_COPY');
  });

  it('keeps its path when its verification fails, so that a person finds it', () => {
    const state = fold(backupDecider, [...distributing, localBroken]);
    expect(state).toMatchObject({ status: 'distributing' });
    if (state.status === 'distributing') {
      expect(state.copies.get('local')).toMatchObject({ state: 'failed', path: localBroken.data.path });
    }
  });
});

describe('the end of a run', () => {
  const copy = (storage: string, verified: boolean) => ({ storage, path: archived.data.path, verified });
  const completed = (data: Partial<BackupEventData<'BackupCompleted'>>): BackupEvent => ({
    type: 'BackupCompleted',
    at: now,
    data: { status: 'success', copies: [], durationSeconds: 60, ...data },
  });

  it('waits until every copy is settled', () => {
    given(requested, started, archived).when(complete).thenNothing();
    given(requested, started, archived, localVerified).when(complete).thenNothing();
    given(requested, started, archived, localVerified, uploaded).when(complete).thenNothing();
  });

  it('is success when every copy is verified', () => {
    given(requested, started, archived, localVerified, uploaded, offsiteVerified)
      .when(complete)
      .then(completed({ copies: [copy('local', true), copy('hetzner', true)] }));
  });

  it('is partial when a copy never got there', () => {
    given(requested, started, archived, localVerified, uploadFailed)
      .when(complete)
      .then(completed({ status: 'partial', copies: [copy('local', true)] }));
  });

  it('is partial when a copy was read back broken, and says which', () => {
    given(requested, started, archived, localBroken, uploaded, offsiteVerified)
      .when(complete)
      .then(completed({ status: 'partial', copies: [copy('local', false), copy('hetzner', true)] }));
  });

  it('is failed when no copy could be verified, with every reason and remedy', () => {
    const decision = backupDecider.decide(
      complete,
      fold(backupDecider, [requested, started, archived, localBroken, uploadFailed]),
    );
    expect(decision).toMatchObject({ event: { type: 'BackupFailed', data: { code: 'NO_VERIFIED_COPY' } } });
    const { message, remedy } = (decision as { event: { data: { message: string; remedy: string } } }).event.data;
    expect(message).toContain('the checksum differs');
    expect(message).toContain('connection refused');
    expect(remedy).toContain('Check that the server is up');
  });

  it('is success with the local copy alone where no offsite storage is configured', () => {
    const alone = aBackupEvent('BackupRequested', { policy: aPolicy({ copies: ['local'] }) });
    given(alone, started, archived, localVerified)
      .when(complete)
      .then(completed({ copies: [copy('local', true)] }));
  });

  it('comes once: after it nothing is decided any more', () => {
    for (const end of [aBackupEvent('BackupCompleted'), aBackupEvent('BackupFailed')]) {
      for (const next of [
        start(),
        complete,
        command('FailBackup', { stage: 'archive', code: 'X', message: '', remedy: '' }),
      ]) {
        given(requested, started, archived, end).when(next).thenNothing();
      }
    }
  });
});

describe('any order of commands', () => {
  const anyCommand = fc.constantFrom<BackupCommand>(
    command('RequestBackup', requested.data),
    start(),
    command('RecordArchive', archived.data),
    command('RecordUpload', uploaded.data),
    command('RecordUploadFailure', uploadFailed.data),
    command('RecordVerification', localVerified.data),
    command('RecordVerification', offsiteVerified.data),
    command('RecordVerificationFailure', localBroken.data),
    complete,
    command('FailBackup', { stage: 'archive', code: 'X', message: 'x', remedy: 'x' }),
  );

  it('ends at most once, and never as success without every copy verified', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 40 }), (commands) => {
        const history: BackupEvent[] = [];
        let state = backupDecider.initialState;
        for (const next of commands) {
          const decision = backupDecider.decide(next, state);
          if (decision.kind !== 'event') continue;
          history.push(decision.event);
          state = backupDecider.evolve(state, decision.event);
        }
        const ends = history.filter(({ type }) => type === 'BackupCompleted' || type === 'BackupFailed');
        expect(ends.length).toBeLessThanOrEqual(1);
        expect(isEnded(state)).toBe(ends.length === 1);
        if (state.status === 'success') {
          expect(history.filter(({ type }) => type === 'Verified')).toHaveLength(2);
        }
      }),
    );
  });
});
