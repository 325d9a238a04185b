import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import type { RestoreEvent, StreamId } from '@havun/domain';
import { aRestoreEvent } from '@havun/domain/testing';
import { aConfig, Requests, streamIn } from '../testing/requests.js';
import { interruptedRuns } from '../runs/interrupted-runs.js';
import { standingRestores } from './known-restores.js';
import { newestRestores } from './newest-restores.js';
import { requestRestore, requestSettlement } from './request-restore.js';

let config: HavunConfig;
let requests: Requests;
/** The same log, with its reads counted. */
let deps: Requests;
/** Streams of restores that were read whole, and the number of all reads. */
let read: string[];
let asked: number;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
  read = [];
  asked = 0;
  const { store } = requests;
  const watched = Object.assign(Object.create(store) as typeof store, {
    last: (stream: StreamId) => (asked++, store.last(stream)),
    read: (stream: StreamId) => {
      asked++;
      if (stream.category === 'restore') read.push(stream.id);
      return store.read(stream);
    },
  });
  deps = Object.create(requests, { store: { value: watched } }) as Requests;
});

const { name: _n, reason: _r, ...facts } = aRestoreEvent('RestoreRequested').data;
const work = [aRestoreEvent('SafetyBackupMade'), aRestoreEvent('RestoreStarted')] as const;
const failed = [...work, aRestoreEvent('RestoreFailed')] as const;
const completed = [
  ...work,
  aRestoreEvent('ArchiveFetched'),
  aRestoreEvent('SwitchStarted'),
  aRestoreEvent('RestoreCompleted'),
] as const;

async function aRestore(events: readonly RestoreEvent[], project = 'havunadmin'): Promise<string> {
  const restoreId = randomUUID();
  const outcome = await requestRestore(requests, { ...facts, project, restoreId });
  if (outcome.kind === 'refused') throw new Error(outcome.refusal.message);
  await requests.append(streamIn('restore', restoreId), ...events);
  return outcome.name;
}

async function restores(count: number, events: readonly RestoreEvent[]): Promise<void> {
  for (let index = 0; index < count; index++) await aRestore(events);
}

const runningBackups = () => Promise.resolve([]);

describe('the runs that a killed process has left', () => {
  it('are found among the newest, and of those that have ended no stream is read', async () => {
    const open = await aRestore(work);
    await restores(4, failed);
    read = [];
    const runs = await interruptedRuns({ store: deps.store, config, runningBackups });
    expect(runs).toMatchObject([{ kind: 'restore', name: open, reached: 'preparation' }]);
    expect(read).toHaveLength(1);
  });

  it('cost the same after many restores', async () => {
    const looks = async (): Promise<number> => {
      asked = 0;
      await interruptedRuns({ store: deps.store, config, runningBackups });
      return asked;
    };
    await restores(12, failed);
    const few = await looks();
    await restores(40, failed);
    expect(await looks()).toBe(few);
  });
});

describe('the restore that an undo is about', () => {
  it('is found behind others that keep nothing, which are not read whole', async () => {
    const kept = await aRestore(completed);
    await restores(20, failed);
    read = [];
    const outcome = await requestSettlement(deps, { project: 'havunadmin', what: 'undo', by: 'henk' });
    expect(outcome).toMatchObject({ kind: 'requested', restore: { name: kept } });
    expect(new Set(read).size).toBe(1);
  });

  it('is found behind a great many, which are then not looked up one by one', async () => {
    const looks = async (): Promise<number> => {
      asked = 0;
      await requestSettlement(deps, { project: 'havunadmin', what: 'confirm', by: 'henk' });
      return asked;
    };
    const names = [await aRestore(completed), await aRestore(completed)];
    await aRestore(completed, 'havunmcp');
    await restores(25, failed);
    const few = await looks();
    await restores(40, failed);
    expect(await looks()).toBe(few);
    const found: string[] = [];
    for await (const { name } of standingRestores(deps, 'havunadmin')) found.push(name);
    expect(found).toEqual(names.reverse());
  });

  it('is not one that is older than what was asked for', async () => {
    await aRestore(completed);
    const above = await aRestore(completed);
    const later = await aRestore(completed);
    await restores(30, failed);
    const found: string[] = [];
    for await (const { name } of standingRestores(deps, 'havunadmin', { above })) found.push(name);
    expect(found).toEqual([later]);
  });
});

describe('the newest restores', () => {
  it('come from all projects by their time, and no more are read than are wanted', async () => {
    await restores(5, failed);
    const names = [await aRestore(failed, 'havunmcp'), await aRestore(failed), await aRestore(failed, 'havunmcp')];
    read = [];
    const found = await newestRestores(deps, ['havunadmin', 'havunmcp'], 3);
    expect(found.map(({ name }) => name)).toEqual(names.reverse());
    expect(read).toHaveLength(3);
  });
});
