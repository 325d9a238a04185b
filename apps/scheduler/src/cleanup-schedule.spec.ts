import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type HavunConfig } from '@havun/config';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { createLogger } from '@havun/service-kit';
import { temporaryFolder } from '@havun/test-servers';
import { CleanupSchedule, dueCleanups } from './cleanup-schedule.js';

const project = { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } };
const projects = { other: project, site: project, off: { ...project, enabled: false } };
let config: HavunConfig;

beforeAll(async () => {
  const folder = await temporaryFolder('havun-schedule-');
  const path = join(folder.path, 'havun.yaml');
  const timezone = 'Europe/Amsterdam';
  await writeFile(path, JSON.stringify({ timezone, storage: { local: { path: '/backups' } }, projects }));
  config = await loadConfig({ path, env: {} });
  await folder.remove();
});

const due = (now: string, settings = config) =>
  dueCleanups(settings, new Date(now)).map((each) => `${each.project} ${each.slot.toISOString()}`);

describe('a clean-up is due', () => {
  it('every day at seven where people are, in winter and in summer, for every enabled project', () => {
    expect(due('2025-11-24T06:00:00Z')).toEqual(['other 2025-11-24T06:00:00.000Z', 'site 2025-11-24T06:00:00.000Z']);
    expect(due('2025-07-24T05:00:00Z')[0]).toBe('other 2025-07-24T05:00:00.000Z');
  });

  it('for as long as slots are made up for', () => {
    const until = 6 + config.scheduler.catch_up_hours;
    const at = (hours: number) => new Date(Date.parse('2025-11-24T00:00:00Z') + hours * 3_600_000).toISOString();
    expect(due(at(until))).not.toEqual([]);
    if (config.scheduler.catch_up_hours < 24) expect(due(at(until + 0.1))).toEqual([]);
  });

  it('never where retention is switched off', () => {
    const off = { ...config, retention: { ...config.retention, enabled: false } };
    expect(due('2025-11-24T06:00:00Z', off)).toEqual([]);
  });
});

describe('the schedule of the clean-ups', () => {
  const schedule = (store: InMemoryEventStore, now: () => Date): CleanupSchedule => {
    const scrub = (text: string) => text;
    const logger = createLogger({ service: 'scheduler', scrub, destination: { write: () => undefined } });
    return new CleanupSchedule(config, store, { now }, { uuid: () => randomUUID() }, logger);
  };
  const asked = async (store: InMemoryEventStore) => {
    const found: unknown[] = [];
    for await (const { event } of store.readAll(0)) found.push(event.data);
    return found;
  };

  it('asks once for each slot, however many schedulers there are and however often they look', async () => {
    const store = new InMemoryEventStore();
    let now = '2025-11-24T06:00:00.000Z';
    const one = schedule(store, () => new Date(now));
    for (const each of [one, one, schedule(store, () => new Date(now))]) await each.requestDueCleanups();
    const request = { trigger: 'schedule', slot: now, requestedBy: 'scheduler' };
    expect(await asked(store)).toEqual([
      { project: 'other', ...request },
      { project: 'site', ...request },
    ]);
    now = '2025-11-25T06:00:00.000Z';
    await one.requestDueCleanups();
    expect(await asked(store)).toHaveLength(4);
  });

  it('asks for nothing more once it is told to stop', async () => {
    const store = new InMemoryEventStore();
    await schedule(store, () => new Date('2025-11-24T06:00:00Z')).requestDueCleanups(AbortSignal.abort());
    expect(await asked(store)).toEqual([]);
  });
});
