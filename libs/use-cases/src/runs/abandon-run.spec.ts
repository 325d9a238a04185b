import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { archivedIn, type DomainEvent, type HavunEvent, type StreamId } from '@havun/domain';
import { aBackupEvent, aDrillEvent, aPolicy, aRestoreEvent } from '@havun/domain/testing';
import { subjectOf } from '@havun/event-store';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { abandonRun, type RunPart } from './abandon-run.js';
import { BackupRuns, CleanupRuns, DrillRuns, ReconciliationRuns, RestoreRuns } from './runs.js';

const failure = { code: 'UNEXPECTED', message: 'boom', remedy: 'Look in the log.' };

const requested = aBackupEvent('BackupRequested', { policy: aPolicy({ copies: ['local', 'hetzner'] }) });
const archived = [requested, aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated')];
const restoreRunning = [
  aRestoreEvent('RestoreRequested'),
  aRestoreEvent('SafetyBackupMade'),
  aRestoreEvent('RestoreStarted'),
];
const restoreMade = [
  ...restoreRunning,
  aRestoreEvent('ArchiveFetched'),
  aRestoreEvent('SwitchStarted'),
  aRestoreEvent('RestoreCompleted'),
];

describe('the run whose event was put aside', () => {
  let store: InMemoryEventStore;
  let logged: object[];
  let stream: StreamId;
  let context: Parameters<typeof abandonRun>[0];

  beforeEach(() => {
    store = new InMemoryEventStore();
    logged = [];
    const scrub = (text: string) => text;
    const clock = { now: () => new Date('2025-11-22T09:05:00.000Z') };
    const deps = { store, clock, ids: { uuid: () => randomUUID() }, scrub, service: 'test' };
    context = {
      runs: {
        backup: new BackupRuns(deps),
        restore: new RestoreRuns(deps),
        drill: new DrillRuns(deps),
        cleanup: new CleanupRuns(deps),
        reconciliation: new ReconciliationRuns(deps),
      },
      logger: { error: (details) => logged.push(details) },
    };
  });

  async function given(category: StreamId['category'], events: readonly HavunEvent[]): Promise<void> {
    stream = { host: 'local', category, id: randomUUID() };
    for (const event of events) {
      const revision = (await store.read(stream)).at(-1)?.revision ?? 'no-stream';
      await store.append(stream, { id: randomUUID(), correlationId: stream.id, source: 'test', event }, revision);
    }
  }

  const quarantined = (eventType: string, subject = subjectOf(stream)): Parameters<typeof abandonRun>[1] => ({
    service: 'test',
    eventId: 'the-event',
    eventType,
    subject,
    position: 1,
    deliveries: 5,
    ...failure,
  });

  /** What is appended when the last event is quarantined. Called twice, as the service may be. */
  async function abandoned(stage: RunPart): Promise<DomainEvent[]> {
    const before = await store.read(stream);
    const aside = quarantined(before.at(-1)!.event.type);
    await abandonRun(context, aside, stage);
    await abandonRun(context, aside, stage);
    const appended = (await store.read(stream)).slice(before.length);
    for (const { causationId, correlationId } of appended) {
      expect([causationId, correlationId]).toEqual(['the-event', stream.id]);
    }
    return appended.map(({ event }) => event);
  }

  it.each<[string, HavunEvent[], RunPart]>([
    ['has only been requested', [requested], 'archive'],
    ['was being archived', [requested, aBackupEvent('BackupStarted')], 'archive'],
    ['was to be uploaded', archived, 'upload'],
    ['was to be verified', [...archived, aBackupEvent('Uploaded')], 'verify'],
    ['had an upload that failed', [...archived, aBackupEvent('UploadFailed')], 'verify'],
  ])('ends as failed, where it is a backup that %s', async (_what, history, stage) => {
    await given('backup', history);
    expect(await abandoned(stage)).toMatchObject([{ type: 'BackupFailed', data: { stage, ...failure } }]);
    expect(await context.runs.backup.load(stream)).toMatchObject({ status: 'failed' });
  });

  describe('where it is a backup that has ended, and whose missing copy was tried again', () => {
    const partial = [
      ...archived,
      aBackupEvent('UploadFailed'),
      aBackupEvent('Verified'),
      aBackupEvent('BackupCompleted', { status: 'partial' }),
      aBackupEvent('BackupRetryRequested'),
    ];
    const copy = async (): Promise<unknown> =>
      archivedIn(await context.runs.backup.load(stream))?.copies.get('hetzner');
    const copyFailed = { state: 'failed', failure };

    it('the copy has failed, where it was to be uploaded', async () => {
      await given('backup', partial);
      expect(await abandoned('upload')).toMatchObject([
        { type: 'UploadFailed', data: { storage: 'hetzner', attempts: 5, ...failure } },
      ]);
      expect(await copy()).toMatchObject(copyFailed);
    });

    it('the copy has failed, where it was to be read back', async () => {
      await given('backup', [...partial, aBackupEvent('Uploaded')]);
      expect(await abandoned('verify')).toMatchObject([
        { type: 'VerificationFailed', data: { storage: 'hetzner', ...failure } },
      ]);
      expect(await copy()).toMatchObject(copyFailed);
    });

    it('nothing has failed, where a service gave up that has no part in it', async () => {
      await given('backup', partial);
      expect(await abandoned('verify')).toEqual([]);
      expect(await abandoned('archive')).toEqual([]);
    });
  });

  it('stays as it has ended, where it is a backup that is complete', async () => {
    await given('backup', [
      ...archived,
      aBackupEvent('Uploaded'),
      aBackupEvent('Verified'),
      aBackupEvent('Verified', { storage: 'hetzner' }),
      aBackupEvent('BackupCompleted'),
    ]);
    expect(await abandoned('verify')).toEqual([]);
  });

  it.each<[string, HavunEvent[], string]>([
    ['has only been requested', restoreRunning.slice(0, 1), 'safety-backup'],
    ['had its safety backup', restoreRunning.slice(0, 2), 'request'],
    ['was being made ready', restoreRunning, 'fetch'],
    ['had its archive', [...restoreRunning, aRestoreEvent('ArchiveFetched')], 'stage'],
    ['had its files', [...restoreRunning, aRestoreEvent('ArchiveFetched'), aRestoreEvent('FilesStaged')], 'import'],
  ])('has touched nothing, where it is a restore that %s', async (_what, history, stage) => {
    await given('restore', history);
    const data = { stage, target: 'untouched', ...failure };
    expect(await abandoned('restore')).toMatchObject([{ type: 'RestoreFailed', data }]);
  });

  it('leaves the target unclear, where it is a restore whose switch had begun', async () => {
    await given('restore', [...restoreRunning, aRestoreEvent('ArchiveFetched'), aRestoreEvent('SwitchStarted')]);
    const data = { stage: 'switch', target: 'unclear', ...failure };
    expect(await abandoned('restore')).toMatchObject([{ type: 'RestoreFailed', data }]);
  });

  it('stays as it has ended, where it is a restore that is complete', async () => {
    await given('restore', restoreMade);
    expect(await abandoned('restore')).toEqual([]);
  });

  it.each<[string, HavunEvent, string]>([
    ['an undo', aRestoreEvent('RestoreUndoRequested'), 'undo'],
    ['a confirmation', aRestoreEvent('RestoreConfirmRequested'), 'confirm'],
  ])('keeps what the restore has kept, where it is %s, which can be asked for again', async (_what, event, what) => {
    await given('restore', [...restoreMade, event]);
    expect(await abandoned('restore')).toMatchObject([{ type: 'RestoreSettlementFailed', data: { what, ...failure } }]);
    expect(await context.runs.restore.load(stream)).toMatchObject({ status: 'completed' });
  });

  it.each<[string, HavunEvent[]]>([
    ['was requested', [aDrillEvent('DrillRequested')]],
    ['had begun', [aDrillEvent('DrillRequested'), aDrillEvent('DrillStarted')]],
  ])('ends as failed, where it is a drill that %s', async (_what, history) => {
    await given('drill', history);
    expect(await abandoned('restore')).toMatchObject([{ type: 'DrillFailed', data: failure }]);
  });

  it('is none, where the event is of a project or of nothing that we know', async () => {
    await given('project', []);
    await abandonRun(context, quarantined('BackupNameReserved'), 'archive');
    await abandonRun(context, quarantined('Anything', 'somebody.elses.subject'), 'archive');
    expect(await store.read(stream)).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('is told of in the log, where it could not be ended', async () => {
    await given('backup', []);
    await abandonRun(context, quarantined('BackupRequested'), 'archive');
    expect(logged[0]).toMatchObject({ run: stream.id, err: { code: 'OUT_OF_ORDER' } });
  });
});
