import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { namedBackups, namedRestores, projectDecider, type HavunEvent, type RecordedEvent } from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import { InMemoryEventStore, readReleasedEvents } from '@havun/event-store/testing';
import { ProjectNames } from './project-names.js';

let log: readonly RecordedEvent<HavunEvent>[];
let store: InMemoryEventStore;
beforeEach(async () => {
  log = await readReleasedEvents('0.1');
  store = new InMemoryEventStore();
  for (const { stream, revision: _, position: __, ...event } of log) {
    await store.append(stream, event, (await store.last(stream))?.revision ?? 'no-stream');
  }
});

const projects = () =>
  [...new Set(log.filter(({ stream }) => stream.category === 'project').map(({ stream }) => JSON.stringify(stream)))]
    .map((text) => JSON.parse(text) as { host: string; id: string })
    .map(({ host, id }) => ({ host, project: id, names: new ProjectNames(store, host, id) }));

describe('the log of release 0.1', () => {
  it('has its names found and listed, before a new one is given and after', async () => {
    expect(projects().length).toBeGreaterThan(1);
    for (const { host, project, names } of projects()) {
      const { state } = await loadAggregate(store, projectDecider, { host, category: 'project', id: project });
      const runs = { backups: namedBackups(state), restores: namedRestores(state) };
      const check = async (kind: 'backups' | 'restores', newest: readonly string[]) => {
        const listed = [];
        for await (const run of names.newestFirst(kind)) listed.push(run.name);
        const old = runs[kind].map(({ name }) => name).sort();
        expect(listed).toEqual([...newest, ...old.reverse()]);
        for (const { name, id } of runs[kind]) expect(await names.idOf(kind, name)).toBe(id);
      };
      await check('backups', []);
      await check('restores', []);
      const wanted = { id: randomUUID(), instant: new Date('2031-01-01T02:00:00.000Z'), timezone: 'UTC' };
      const name = await names.reserve('backups', wanted, deps);
      await check('backups', [name]);
      await check('restores', []);
    }
  });

  it('has its names taken', async () => {
    for (const { names } of projects()) {
      for await (const { name, id } of names.newestFirst('backups')) {
        expect(await names.adopt({ name, id }, deps, false)).toBe('known');
        expect(await names.adopt({ name, id: randomUUID() }, deps, false)).toMatchObject({ code: 'NAME_TAKEN' });
        const [date, time] = [name.slice(0, 10), name.slice(11, 19).replaceAll('-', ':')];
        const wanted = { id: randomUUID(), instant: new Date(`${date}T${time}Z`), timezone: 'UTC' };
        expect(await names.reserve('backups', wanted, deps)).not.toBe(name);
      }
    }
  });
});

const deps = {
  clock: { now: () => new Date('2031-01-01T02:00:00.000Z') },
  ids: { uuid: () => randomUUID() },
  source: 'test',
  correlationId: 'run',
};
