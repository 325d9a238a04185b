import { describe, expect, it } from '@jest/globals';
import { backupDecider, type BackupCommand, type NewEvent, type RecordedEvent, type StreamId } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { checkHead } from './check-head.js';
import { execute, loadAggregate } from './execute.js';
import type { Appended, ExpectedRevision } from './port.js';
import { aStream, anEvent, InMemoryEventStore } from './testing/index.js';

const now = '2025-11-21T02:01:00.000Z';
const requested = aBackupEvent('BackupRequested');
const request: BackupCommand = { type: 'RequestBackup', now, ...requested.data };
const start: BackupCommand = { type: 'StartBackup', now, runner: 'runner-1', maxAttempts: 99 };

/** Ids that count how many were given out. */
function counted() {
  let given = 0;
  return { uuid: () => `id-${(given += 1)}`, given: () => given };
}
const meta = (ids = counted()) => ({ ids, source: 'runner', correlationId: 'run-1' });

/** Another writer, who appends just before each of our first `times` appends. */
class Racing extends InMemoryEventStore {
  private races = 0;

  constructor(private readonly times: number) {
    super();
  }

  override async append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended> {
    if (this.races >= this.times) return super.append(stream, event, expected);
    this.races += 1;
    await super.append(stream, anEvent({ attempt: this.races }), expected);
    return super.append(stream, event, expected);
  }
}

async function requestedIn(store: InMemoryEventStore, stream: StreamId): Promise<void> {
  await InMemoryEventStore.prototype.append.call(store, stream, anEvent({ event: requested }), 'no-stream');
}

describe('execute', () => {
  it('appends what was decided, and gives the state after it', async () => {
    const [store, stream] = [new InMemoryEventStore(), aStream()];
    const done = await execute({
      store,
      decider: backupDecider,
      stream,
      command: request,
      meta: { ...meta(), causationId: 'cause' },
    });
    const recorded: RecordedEvent = {
      id: 'id-1',
      event: { ...requested, at: now },
      source: 'runner',
      correlationId: 'run-1',
      causationId: 'cause',
      stream,
      revision: 1,
      position: 1,
    };
    expect(done).toMatchObject({ decision: { kind: 'event' }, state: { status: 'requested' }, event: recorded });
    expect(await store.read(stream)).toEqual([recorded]);
  });

  it('appends nothing where there is nothing to do, or where the decider refuses', async () => {
    const [store, stream] = [new InMemoryEventStore(), aStream()];
    const refused = await execute({ store, decider: backupDecider, stream, command: start, meta: meta() });
    expect(refused).toMatchObject({ decision: { kind: 'refused' }, state: { status: 'unknown' } });
    await execute({ store, decider: backupDecider, stream, command: request, meta: meta() });
    const again = await execute({ store, decider: backupDecider, stream, command: request, meta: meta() });
    expect(again).toMatchObject({ decision: { kind: 'nothing' } });
    expect(again.event).toBeUndefined();
    expect(await store.head()).toBe(1);
  });

  it('decides again on the new state after a lost race, under the same id', async () => {
    const [store, stream, ids] = [new Racing(2), aStream(), counted()];
    await requestedIn(store, stream);
    const { event } = await execute({ store, decider: backupDecider, stream, command: start, meta: meta(ids) });
    expect(event).toMatchObject({ id: 'id-1', event: { data: { attempt: 3 } } });
    expect(ids.given()).toBe(1);
    expect(await store.read(stream)).toHaveLength(4);
  });

  it('makes the command from the state that it is decided on', async () => {
    const [store, stream] = [new Racing(1), aStream()];
    await requestedIn(store, stream);
    const seen: string[] = [];
    const command = (state: { status: string }): BackupCommand => {
      seen.push(state.status);
      return start;
    };
    await execute({ store, decider: backupDecider, stream, command, meta: meta() });
    expect(seen).toEqual(['requested', 'archiving']);
  });

  it('gives up after so many lost races', async () => {
    const [store, stream] = [new Racing(99), aStream()];
    await requestedIn(store, stream);
    const attempt = execute({ store, decider: backupDecider, stream, command: start, meta: meta(), attempts: 3 });
    await expect(attempt).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
    expect(await store.head()).toBe(4);
  });
});

describe('loadAggregate', () => {
  it('gives the state, its events, and what to expect at the next append', async () => {
    const [store, stream] = [new InMemoryEventStore(), aStream()];
    expect(await loadAggregate(store, backupDecider, stream)).toMatchObject({ revision: 'no-stream', events: [] });
    await store.append(stream, anEvent({ event: requested }), 'no-stream');
    const loaded = await loadAggregate(store, backupDecider, stream);
    expect(loaded).toMatchObject({ state: { status: 'requested' }, revision: 1 });
    expect(loaded.events).toHaveLength(1);
  });
});

describe('a checkpoint', () => {
  it('beyond the head of the log is refused: events are missing (fault 5)', async () => {
    const store = new InMemoryEventStore();
    await store.append(aStream(), anEvent(), 'no-stream');
    checkHead(await store.head(), 0);
    checkHead(await store.head(), 1);
    await expect(
      (async () => {
        checkHead(await store.head(), 2);
      })(),
    ).rejects.toMatchObject({ code: 'HEAD_BELOW_CHECKPOINT', retryable: false });
  });
});
