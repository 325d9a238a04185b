import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import { localDate, type NamedRun, type RunKind, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import type { InMemoryEventStore } from '@havun/event-store/testing';
import { aConfig, Requests, streamIn } from '../testing/requests.js';
import { ProjectNames } from './project-names.js';

const timezone = 'Europe/Amsterdam';
let config: HavunConfig;
let requests: Requests;
let names: ProjectNames;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
  names = namesIn(requests.store);
});

const namesIn = (store: EventStore) => new ProjectNames(store, 'local', 'havunadmin');
const deps = () => {
  const { clock, ids, source } = requests;
  return { clock, ids, source, correlationId: 'run' };
};
const reserve = (instant: string, id: string = randomUUID(), kind: RunKind = 'backups', through = names) =>
  through.reserve(kind, { id, instant: new Date(instant), timezone }, deps());
const adopt = (name: string, id: string = randomUUID()) => names.adopt({ name, id }, deps(), false);
const listed = async (kind: RunKind = 'backups', through?: string) => {
  const runs: NamedRun[] = [];
  for await (const run of names.newestFirst(kind, through)) runs.push(run);
  return runs.map(({ name }) => name.replace('-havunadmin', ''));
};
/** The way of release 0.1. */
const reservedEarlier = async (name: string, backupId: string = randomUUID()): Promise<string> => {
  await requests.append(streamIn('project', 'havunadmin'), {
    type: 'BackupNameReserved',
    at: '2025-11-21T02:00:00.000Z',
    data: { name, backupId },
  });
  return backupId;
};
const typesInLog = async () => (await requests.log()).map(({ event }) => event.type);

describe('a name', () => {
  it('is given once, and leads to its run', async () => {
    const id = randomUUID();
    expect(await reserve('2025-11-21T02:00:00.000Z', id)).toBe('2025-11-21-03-00-00-havunadmin');
    expect(await reserve('2025-11-21T02:00:00.000Z', id)).toBe('2025-11-21-03-00-00-havunadmin');
    expect(await names.idOf('backups', '2025-11-21-03-00-00-havunadmin')).toBe(id);
    expect(await names.idOf('backups', '2025-11-21-03-00-01-havunadmin')).toBeUndefined();
    expect(await names.idOf('backups', 'what is this')).toBeUndefined();
    expect((await typesInLog()).filter((type) => type === 'BackupNameReserved')).toHaveLength(1);
  });

  it('of a restore is another one than that of a backup in the same second', async () => {
    const [backup, restore] = [randomUUID(), randomUUID()];
    await reserve('2025-11-21T02:00:00.000Z', backup);
    const name = await reserve('2025-11-21T02:00:00.000Z', restore, 'restores');
    expect(name).toBe('restore-2025-11-21-03-00-00-havunadmin');
    expect(await names.idOf('restores', name)).toBe(restore);
    expect([await listed(), await listed('restores')]).toEqual([
      ['2025-11-21-03-00-00'],
      ['restore-2025-11-21-03-00-00'],
    ]);
  });

  it('is given to one of many who ask at once, each by a look of its own', async () => {
    const given = await Promise.all(
      Array.from({ length: 10 }, () =>
        reserve('2025-11-21T02:00:00.000Z', randomUUID(), 'backups', namesIn(requests.store)),
      ),
    );
    expect(new Set(given).size).toBe(10);
    expect(await listed()).toHaveLength(10);
  });

  it('comes to the next day where the last second of its day is taken', async () => {
    await reserve('2025-11-21T22:59:59.000Z');
    expect(await reserve('2025-11-21T22:59:59.000Z')).toBe('2025-11-22-00-00-00-havunadmin');
    expect(await reserve('2025-11-21T23:00:00.000Z')).toBe('2025-11-22-00-00-01-havunadmin');
  });

  it('is found by the lists although its giver was killed between the list and the name, and came back', async () => {
    const dying = failingAfter(requests.store, 2);
    await expect(reserve('2025-11-21T02:00:00.000Z', randomUUID(), 'backups', namesIn(dying))).rejects.toThrow(
      'killed',
    );
    expect(await listed()).toEqual([]);
    await reserve('2025-11-21T02:00:00.000Z');
    expect(await listed()).toEqual(['2025-11-21-03-00-00']);
    expect(await typesInLog()).toEqual(['NamePeriodsListed', 'NamePeriodsListed', 'BackupNameReserved']);
  });
});

describe('the list of names', () => {
  it('has the newest first, whatever order they came in, up to a day', async () => {
    await reserve('2025-12-01T02:00:00.000Z');
    await adopt('2019-05-15-03-00-00-havunadmin');
    await reserve('2025-11-21T02:00:00.000Z');
    await reserve('2025-11-21T22:00:00.000Z');
    await adopt('2019-06-01-03-00-00-havunadmin');
    const old = ['2019-06-01-03-00-00', '2019-05-15-03-00-00'];
    const all = ['2025-12-01-03-00-00', '2025-11-21-23-00-00', '2025-11-21-03-00-00', ...old];
    expect(await listed()).toEqual(all);
    expect(await listed('backups', '2025-11-21')).toEqual(all.slice(1));
    expect(await listed('backups', '2019-05-31')).toEqual(old.slice(1));
    expect(await listed('backups', '2019-05-14')).toEqual([]);
    expect(await names.range('backups')).toEqual({
      oldest: '2019-05-15-03-00-00-havunadmin',
      newest: '2025-12-01-03-00-00-havunadmin',
    });
    expect(await names.range('restores')).toBeUndefined();
  });
});

describe('years of names', () => {
  it('cost a look-up, a new name and the newest no more than a week of them', async () => {
    const costAfter = async (days: number) => {
      requests = new Requests(config);
      names = namesIn(requests.store);
      const dayOf = (day: number) => new Date(Date.UTC(2019, 0, 1, 2) + day * 86_400_000);
      for (let day = 0; day < days; day += 1) await reserve(dayOf(day).toISOString());
      const { store, read } = counting(requests.store);
      names = namesIn(store);
      await names.idOf('backups', `${localDate(dayOf(3), timezone)}-03-00-00-havunadmin`);
      for await (const _ of names.newestFirst('backups')) break;
      for await (const _ of names.newestFirst('backups', localDate(dayOf(2), timezone))) break;
      await names.range('backups');
      await reserve(new Date(dayOf(days - 1).getTime() + 1000).toISOString());
      return read.events;
    };
    expect(await costAfter(400)).toBe(await costAfter(7));
  });
});

describe('names of release 0.1', () => {
  it('are known as taken, and found', async () => {
    const id = await reservedEarlier('2025-11-21-03-00-00-havunadmin');
    expect(await names.idOf('backups', '2025-11-21-03-00-00-havunadmin')).toBe(id);
    expect(await reserve('2025-11-21T02:00:00.000Z')).toBe('2025-11-21-03-00-01-havunadmin');
    expect(await reserve('2025-11-21T02:00:00.000Z', id)).toBe('2025-11-21-03-00-00-havunadmin');
    expect(await adopt('2025-11-21-03-00-00-havunadmin')).toMatchObject({ code: 'NAME_TAKEN' });
    expect(await adopt('2025-11-21-03-00-00-havunadmin', id)).toBe('known');
    expect(await adopt('2025-11-21-05-00-00-havunadmin', id)).toMatchObject({ code: 'NAME_TAKEN' });
  });

  it('are listed among the new ones by their time', async () => {
    await reservedEarlier('2025-11-20-03-00-00-havunadmin');
    await reservedEarlier('2025-11-22-03-00-00-havunadmin');
    await reserve('2025-11-23T02:00:00.000Z');
    await reserve('2025-11-21T02:00:00.000Z');
    await adopt('2019-05-15-03-00-00-havunadmin');
    const all = ['2025-11-23', '2025-11-22', '2025-11-21', '2025-11-20', '2019-05-15'];
    expect((await listed()).map((name) => name.slice(0, 10))).toEqual(all);
    expect((await listed('backups', '2025-11-21')).map((name) => name.slice(0, 10))).toEqual(all.slice(2));
    expect(await names.range('backups')).toMatchObject({ oldest: '2019-05-15-03-00-00-havunadmin' });
  });

  it('are read once for the first new name, and not again', async () => {
    for (let day = 1; day <= 28; day += 1)
      await reservedEarlier(`2025-10-${String(day).padStart(2, '0')}-03-00-00-havunadmin`);
    await reserve('2025-11-21T02:00:00.000Z');
    const { store, read } = counting(requests.store);
    names = namesIn(store);
    await reserve('2025-11-22T02:00:00.000Z');
    await names.idOf('backups', '2025-11-21-03-00-00-havunadmin');
    for await (const _ of names.newestFirst('backups')) break;
    expect(read.streams).not.toContain('havunadmin');
    expect((await typesInLog()).filter((type) => type === 'EarlierNamesSummed')).toHaveLength(1);
  });

  it('are looked at anew where that release still runs beside this one', async () => {
    await reservedEarlier('2025-11-20-03-00-00-havunadmin');
    await reserve('2025-11-21T02:00:00.000Z');
    const id = await reservedEarlier('2025-11-22-03-00-00-havunadmin');
    expect(await names.idOf('backups', '2025-11-22-03-00-00-havunadmin')).toBe(id);
    expect(await reserve('2025-11-22T02:00:00.000Z')).toBe('2025-11-22-03-00-01-havunadmin');
  });
});

/** Counts the reads of the store. */
function counting(inner: InMemoryEventStore) {
  const read = { events: 0, streams: [] as string[] };
  const counted = <Result>(stream: StreamId, result: Result): Result => {
    read.events += Array.isArray(result) ? result.length : 1;
    return result;
  };
  const store: EventStore = {
    append: (...args) => inner.append(...args),
    readAll: (after) => inner.readAll(after),
    head: () => inner.head(),
    describe: () => inner.describe(),
    close: () => inner.close(),
    last: async (stream) => counted(stream, await inner.last(stream)),
    read: async (stream) => {
      read.streams.push(stream.id);
      return counted(stream, await inner.read(stream));
    },
  };
  return { store, read };
}

/** A store whose client is killed after this many appends. */
function failingAfter(inner: InMemoryEventStore, appends: number): EventStore {
  let left = appends;
  return {
    append: (...args) => (left-- > 0 ? inner.append(...args) : Promise.reject(new Error('killed'))),
    read: (stream) => inner.read(stream),
    last: (stream) => inner.last(stream),
    readAll: (after) => inner.readAll(after),
    head: () => inner.head(),
    describe: () => inner.describe(),
    close: () => inner.close(),
  };
}
