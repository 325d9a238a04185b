import { describe, expect, it, jest } from '@jest/globals';
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
  const deps = { store, clock, ids, scrub: scrubber(['hunter22']), service: 'runner' };
  const [runs, others] = [new BackupRuns(deps), new BackupRuns(deps)];
  const id = randomUUID();
  const requested = { id, event: aBackupEvent('BackupRequested'), correlationId: stream.id, source: 'cli' };
  await store.append(stream, requested, 'no-stream');
  const [cause] = (await store.read(stream)) as [RecordedEvent];
  return { store, runs, others, cause };
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

describe('a stream', () => {
  const start = { type: 'StartBackup', runner: 'one', maxAttempts: 3 } as const;
  const fail = { type: 'FailBackup', stage: 'archive', code: 'X', message: 'x', remedy: 'x' } as const;

  it('is read once for all steps that follow each other', async () => {
    const { store, runs, cause } = await aRequestedRun();
    const read = jest.spyOn(store, 'read');
    await runs.load(stream);
    await runs.record(cause, start);
    await runs.record(cause, fail);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
    expect((await store.read(stream)).map(({ event }) => event.type)).toEqual([
      'BackupRequested',
      'BackupStarted',
      'BackupFailed',
    ]);
  });

  it('that somebody else has appended to is read again, and the step decided on that', async () => {
    const { store, runs, cause, others } = await aRequestedRun();
    await runs.load(stream);
    await others.record(cause, start);
    expect(await runs.record(cause, fail)).toMatchObject({ status: 'failed' });
    expect(await store.read(stream)).toHaveLength(3);
  });

  it('that somebody else has ended is not refused what only its remembered state refuses, nor told nothing of it', async () => {
    const { runs, cause, others } = await aRequestedRun();
    await runs.load(stream);
    const { type: _, data } = aBackupEvent('ArchiveCreated');
    await others.record(cause, start);
    const archive = { type: 'RecordArchive', ...data } as never;
    expect(await runs.record(cause, archive)).toMatchObject({ status: 'distributing' });
  });

  it('is remembered of the runs that were worked on last, and of no more than a process needs', async () => {
    const { store, runs } = await aRequestedRun();
    const append = async (): Promise<RecordedEvent> => {
      const other = { ...stream, id: randomUUID() };
      const event = {
        id: randomUUID(),
        event: aBackupEvent('BackupRequested'),
        correlationId: other.id,
        source: 'cli',
      };
      await store.append(other, event, 'no-stream');
      await runs.load(other);
      return (await store.read(other))[0]!;
    };
    const first = await append();
    for (let count = 0; count < 100; count += 1) await append();
    const last = await append();
    const read = jest.spyOn(store, 'read');
    await runs.record(last, start);
    expect(read).toHaveBeenCalledTimes(0);
    await runs.record(first, start);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
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
