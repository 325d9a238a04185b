import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type HavunConfig } from '@havun/config';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { createLogger } from '@havun/service-kit';
import { temporaryFolder } from '@havun/test-servers';
import { ReconcileSchedule } from './reconcile-schedule.js';

let config: HavunConfig;
beforeAll(async () => {
  const folder = await temporaryFolder('havun-schedule-');
  const project = { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } };
  const projects = { site: project, elsewhere: { ...project, host: 'web2' } };
  const path = join(folder.path, 'havun.yaml');
  const text = { timezone: 'Europe/Amsterdam', storage: { local: { path: '/backups' } }, projects };
  await writeFile(path, JSON.stringify(text));
  config = await loadConfig({ path, env: {} });
  await folder.remove();
});

describe('the schedule of the comparisons', () => {
  const schedule = (store: InMemoryEventStore, clock: { now: () => Date }): ReconcileSchedule => {
    const destination = { write: () => undefined };
    const logger = createLogger({ service: 'scheduler', scrub: (text) => text, destination });
    return new ReconcileSchedule(config, store, clock, { uuid: () => randomUUID() }, logger);
  };
  const requests = async (store: InMemoryEventStore) => {
    const found: unknown[] = [];
    for await (const { stream, event } of store.readAll(0))
      found.push([stream.host, (event.data as { slot?: string }).slot]);
    return found;
  };

  it('asks once for a slot on each machine that has projects, however many schedulers there are', async () => {
    const store = new InMemoryEventStore();
    const clock = { now: () => new Date('2025-11-23T08:00:00Z') };
    const one = schedule(store, clock);
    for (const each of [one, one, schedule(store, clock)]) await each.requestDue();
    expect(await requests(store)).toEqual([
      ['local', '2025-11-23T07:30:00.000Z'],
      ['web2', '2025-11-23T07:30:00.000Z'],
    ]);
  });

  it('asks again in the next week, at the same local time after the clock has changed', async () => {
    const store = new InMemoryEventStore();
    let now = '2026-03-22T07:30:00Z';
    const one = schedule(store, { now: () => new Date(now) });
    await one.requestDue();
    now = '2026-03-29T06:30:00Z';
    await one.requestDue();
    const slots = (await requests(store)).flatMap((each) => (each as string[])[1]);
    expect([...new Set(slots)]).toEqual(['2026-03-22T07:30:00.000Z', '2026-03-29T06:30:00.000Z']);
  });

  it('asks for nothing between the slots, nor once it is told to stop', async () => {
    const store = new InMemoryEventStore();
    await schedule(store, { now: () => new Date('2025-11-26T08:00:00Z') }).requestDue();
    await schedule(store, { now: () => new Date('2025-11-23T08:00:00Z') }).requestDue(AbortSignal.abort());
    expect(await requests(store)).toEqual([]);
  });
});
