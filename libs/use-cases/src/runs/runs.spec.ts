import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RecordedEvent, StreamId } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { BackupRuns } from './runs.js';
import { scrubber } from '@havun/config';

const stream: StreamId = { host: 'local', category: 'backup', id: randomUUID() };

async function aRequestedRun() {
  const store = new InMemoryEventStore();
  const ids = { uuid: () => randomUUID() };
  const clock = { now: () => new Date('2025-11-21T02:05:00.000Z') };
  const runs = new BackupRuns({ store, clock, ids, scrub: scrubber(['hunter22']), service: 'runner' });
  const id = randomUUID();
  const requested = { id, event: aBackupEvent('BackupRequested'), correlationId: stream.id, source: 'cli' };
  await store.append(stream, requested, 'no-stream');
  const [cause] = (await store.read(stream)) as [RecordedEvent];
  return { store, runs, cause };
}

describe('a step', () => {
  it('is recorded once, as following from its cause', async () => {
    const { store, runs, cause } = await aRequestedRun();
    await runs.record(cause, { type: 'StartBackup', runner: 'one', maxAttempts: 3 });
    const [, started] = await store.read(stream);
    expect(started).toMatchObject({ causationId: cause.id, correlationId: stream.id, source: 'runner' });
  });

  it('that makes no sense is refused as a defect, which trying again does not mend', async () => {
    const { runs, cause } = await aRequestedRun();
    const { type: _, data } = aBackupEvent('ArchiveCreated');
    await expect(runs.record(cause, { type: 'RecordArchive', ...data } as never)).rejects.toMatchObject({
      code: 'OUT_OF_ORDER',
      retryable: false,
    });
  });
});

describe('a run whose event was put into quarantine', () => {
  it('ends as failed, once, with the reason', async () => {
    const { store, runs, cause } = await aRequestedRun();
    const failure = { code: 'UNEXPECTED', message: 'boom', remedy: 'look in the log' };
    const end = { type: 'FailBackup', stage: 'archive', ...failure } as const;
    await runs.abandon(stream, cause.id, end);
    await runs.abandon(stream, cause.id, end);
    const events = await store.read(stream);
    expect(events.map(({ event }) => event.type)).toEqual(['BackupRequested', 'BackupFailed']);
    expect(await runs.load(stream)).toMatchObject({ status: 'failed' });
  });
});

describe('what goes into an event', () => {
  it('has its secrets scrubbed', async () => {
    const { runs } = await aRequestedRun();
    expect(runs.failure(new Error('login with hunter22 failed')).message).toBe('login with [secret] failed');
  });
});
