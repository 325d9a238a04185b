import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { aBackupEvent } from '../testing/events.js';
import { specificationFor } from '../testing/specification.js';
import type { BackupCommand } from './commands.js';
import { copiesToUpload, copiesToVerify, isHeldUp } from './copies.js';
import { backupDecider } from './decider.js';
import type { BackupEvent } from './events.js';

const { given } = specificationFor(backupDecider);
const now = '2025-11-21T03:00:00.000Z';
const command = (type: BackupCommand['type'], data: object = {}): BackupCommand =>
  ({ type, now, ...data }) as unknown as BackupCommand;
const retryRequested = aBackupEvent('BackupRetryRequested', { at: now });
const cancelRequested = aBackupEvent('BackupCancelRequested', { at: now });
const heldUp = aBackupEvent('CopyHeldUp', { at: now });
const retry = command('RequestRetry', retryRequested.data);
const cancel = command('RequestCancel', cancelRequested.data);
const holdUp = command('RecordCopyHoldUp', heldUp.data);
const uploaded = aBackupEvent('Uploaded', { at: now });
const verified = (storage: string) => aBackupEvent('Verified', { at: now, storage });

const requested = aBackupEvent('BackupRequested');
const archived = [requested, aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated')] as const;
const local = [...archived, verified('local')] as const;
const partial = [
  ...local,
  aBackupEvent('UploadFailed'),
  aBackupEvent('BackupCompleted', { status: 'partial' }),
] as const;
const stateAfter = (...events: BackupEvent[]) => fold(backupDecider, events);

describe('a backup whose archive lacks something', () => {
  const missing = [{ code: 'TABLE_DAMAGED', count: 1, names: ['orders'] }];
  const lacking = [requested, aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated', { missing })] as const;
  const completed = aBackupEvent('BackupCompleted', { status: 'partial' });

  it('is not made whole by a retry, and says so', () => {
    const all = [...lacking, verified('local'), aBackupEvent('Uploaded'), verified('hetzner'), completed];
    given(...all)
      .when(retry)
      .thenRefused('ARCHIVE_LACKS');
    expect(backupDecider.decide(retry, stateAfter(...all))).toMatchObject({
      refusal: { message: expect.stringContaining('orders') as unknown },
    });
  });

  it('gets the copies that it lacks too, and stays partial', () => {
    const one = [...lacking, verified('local'), aBackupEvent('UploadFailed'), completed];
    given(...one)
      .when(retry)
      .then(retryRequested);
    const after = stateAfter(...one, retryRequested, aBackupEvent('Uploaded'), verified('hetzner'));
    expect(after.status).toBe('partial');
  });
});

describe('a copy whose storage is away', () => {
  it('says so once for each reason, and waits since the first', () => {
    given(...local)
      .when(holdUp)
      .then(heldUp);
    given(...local, heldUp)
      .when(holdUp)
      .thenNothing();
    const busy = { code: 'BUSY', at: '2025-11-21T04:00:00.000Z' };
    given(...local, heldUp)
      .when({ ...holdUp, code: 'BUSY' } as BackupCommand)
      .then(aBackupEvent('CopyHeldUp', { at: now, code: 'BUSY' }));
    const state = stateAfter(...local, heldUp, aBackupEvent('CopyHeldUp', busy));
    expect(copiesToUpload(state)).toEqual(['hetzner']);
    expect(state).toMatchObject({ status: 'distributing' });
    expect([isHeldUp(stateAfter(...local)), isHeldUp(stateAfter(...archived, heldUp)), isHeldUp(state)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is carried as any other when that is back', () => {
    const back = [...local, heldUp, uploaded];
    expect(copiesToVerify(stateAfter(...back))).toMatchObject([{ storage: 'hetzner' }]);
    given(...back)
      .when(command('RecordCopyHoldUp', { ...heldUp.data, step: 'verify' }))
      .then(aBackupEvent('CopyHeldUp', { at: now, step: 'verify' }));
    given(...local, heldUp)
      .when(command('CompleteBackup'))
      .thenNothing();
  });
});

describe('a retry', () => {
  it('carries and verifies what is missing of a partial backup, which is a success then', () => {
    given(...partial)
      .when(retry)
      .then(retryRequested);
    const asked = [...partial, retryRequested];
    expect(copiesToUpload(stateAfter(...asked))).toEqual(['hetzner']);
    given(...asked)
      .when(retry)
      .thenNothing();
    given(...asked)
      .when(command('RecordUpload', uploaded.data))
      .then(uploaded);
    expect(copiesToVerify(stateAfter(...asked, uploaded))).toMatchObject([{ storage: 'hetzner' }]);
    given(...asked, uploaded)
      .when(command('RecordVerification', verified('hetzner').data))
      .then(verified('hetzner'));
    const done = stateAfter(...asked, uploaded, verified('hetzner'));
    expect(done).toMatchObject({ status: 'success' });
    expect([copiesToUpload(done), copiesToVerify(done)]).toEqual([[], []]);
    given(...asked, uploaded, verified('hetzner'))
      .when(retry)
      .thenNothing();
  });

  it('that fails leaves the backup partial, and may be asked for again', () => {
    const failed = [...partial, retryRequested, aBackupEvent('UploadFailed', { at: now })];
    expect(stateAfter(...failed)).toMatchObject({ status: 'partial', failure: { code: 'UNREACHABLE' } });
    given(...failed)
      .when(retry)
      .then(retryRequested);
  });

  it('makes a failed run with an archive good, and reads its copy on this machine back once more', () => {
    const failed = [...archived, aBackupEvent('VerificationFailed'), aBackupEvent('UploadFailed')];
    const ended = [...failed, aBackupEvent('BackupFailed', { stage: 'verify' }), retryRequested];
    const state = stateAfter(...ended);
    expect([copiesToVerify(state).map(({ storage }) => storage), copiesToUpload(state)]).toEqual([
      ['local'],
      ['hetzner'],
    ]);
    const healed = stateAfter(...ended, verified('local'), uploaded, verified('hetzner'));
    expect(healed).toMatchObject({ status: 'success' });
  });

  it('of one that is held up lets it be tried at once', () => {
    given(...local, heldUp)
      .when(retry)
      .then(retryRequested);
    expect(isHeldUp(stateAfter(...local, heldUp, retryRequested))).toBe(false);
    given(...local)
      .when(retry)
      .thenNothing();
  });

  it('is refused where there is no archive', () => {
    given(requested).when(retry).thenRefused('STILL_RUNNING');
    given(requested, aBackupEvent('BackupFailed')).when(retry).thenRefused('NO_ARCHIVE');
    given().when(retry).thenRefused('OUT_OF_ORDER');
  });

  it('that nobody asked for changes nothing, whatever comes late', () => {
    const state = stateAfter(...partial);
    for (const late of [uploaded, heldUp, aBackupEvent('UploadFailed')]) {
      expect(backupDecider.evolve(state, late)).toBe(state);
    }
    given(...partial)
      .when(command('RecordUpload', uploaded.data))
      .thenNothing();
  });
});

describe('a cancellation', () => {
  it('is asked for once, and ends nothing by itself', () => {
    for (const history of [[requested], archived, [...local, heldUp]]) {
      given(...history)
        .when(cancel)
        .then(cancelRequested);
      given(...history, cancelRequested)
        .when(cancel)
        .thenNothing();
      expect(stateAfter(...history, cancelRequested)).toMatchObject({ cancelling: cancelRequested.data });
    }
  });

  it('of an ended backup is refused, but for one that it has ended', () => {
    given(...partial)
      .when(cancel)
      .thenRefused('ALREADY_ENDED');
    const ended = [...archived, cancelRequested, aBackupEvent('BackupFailed', { code: 'CANCELLED' })];
    given(...ended)
      .when(cancel)
      .thenNothing();
    expect(stateAfter(...ended)).not.toHaveProperty('cancelling');
    given(...ended)
      .when(retry)
      .then(retryRequested);
    given().when(cancel).thenRefused('OUT_OF_ORDER');
  });
});
