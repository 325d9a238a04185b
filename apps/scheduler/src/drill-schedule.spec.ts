import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type HavunConfig } from '@havun/config';
import { projectDecider, type StreamId } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { execute } from '@havun/event-store';
import { InMemoryEventStore } from '@havun/event-store/testing';
import type { Leases } from '@havun/coordination';
import { createLogger } from '@havun/service-kit';
import { temporaryFolder } from '@havun/test-servers';
import { DrillSchedule, dueDrills } from './drill-schedule.js';

const timezone = 'Europe/Amsterdam';
const project = { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } };
const projects = {
  site: project,
  weekly: { ...project, drill: { schedule: '0 4 * * 1' } },
  off: { ...project, enabled: false },
  spared: { ...project, drill: { enabled: false } },
};
let config: HavunConfig;

beforeAll(async () => {
  const folder = await temporaryFolder('havun-schedule-');
  const path = join(folder.path, 'havun.yaml');
  await writeFile(path, JSON.stringify({ timezone, storage: { local: { path: '/backups' } }, projects }));
  config = await loadConfig({ path, env: {} });
  await folder.remove();
});

const due = (now: string) => dueDrills(config, new Date(now)).map(({ project: name, quarter }) => `${name} ${quarter}`);

describe('a drill is due', () => {
  it('from its slot on, for the rest of the quarter', () => {
    expect(due('2025-10-02T09:59:00Z')).toEqual([]);
    expect(due('2025-10-02T10:00:00Z')).toEqual(['site 2025-Q4']);
    expect(due('2025-12-31T22:59:00Z')).toContain('site 2025-Q4');
    expect(due('2025-12-31T23:00:00Z')).toEqual([]);
  });

  it('at the first slot of the quarter, where its own schedule has more of them', () => {
    expect(due('2025-10-06T03:00:00Z')).toEqual(['site 2025-Q4', 'weekly 2025-Q4']);
    expect(due('2026-01-05T02:59:00Z')).toEqual(['site 2026-Q1']);
  });
});

describe('the schedule of the drills', () => {
  /** A store with one backup of the site, whose copy is good. */
  async function aStore(requestedAt: string) {
    const store = new InMemoryEventStore();
    const backupId = randomUUID();
    const stream = (category: StreamId['category'], id: string): StreamId => ({ host: 'local', category, id });
    const meta = { ids: { uuid: () => randomUUID() }, source: 'scheduler', correlationId: backupId };
    await execute({
      store,
      decider: projectDecider,
      stream: stream('project', 'site'),
      command: {
        type: 'ReserveBackupName',
        now: requestedAt,
        project: 'site',
        backupId,
        instant: requestedAt,
        timezone,
      },
      meta,
    });
    for (const type of [
      'BackupRequested',
      'BackupStarted',
      'ArchiveCreated',
      'Uploaded',
      'Verified',
      'BackupCompleted',
    ] as const) {
      const event = { id: randomUUID(), event: aBackupEvent(type), correlationId: backupId, source: 'runner' };
      const before = await store.read(stream('backup', backupId));
      await store.append(stream('backup', backupId), event, before.at(-1)?.revision ?? 'no-stream');
    }
    return store;
  }

  const schedule = (store: InMemoryEventStore, clock: { now: () => Date }): DrillSchedule => {
    const logger = createLogger({
      service: 'scheduler',
      scrub: (text) => text,
      destination: { write: () => undefined },
    });
    // Requesting a drill takes no lease.
    return new DrillSchedule(
      config,
      store,
      undefined as unknown as Leases,
      clock,
      { uuid: () => randomUUID() },
      logger,
    );
  };

  const drills = async (store: InMemoryEventStore) => {
    const found: unknown[] = [];
    for await (const { event } of store.readAll(0)) if (event.type === 'DrillRequested') found.push(event.data);
    return found;
  };

  it('asks once for a quarter, however many schedulers there are and however often they look', async () => {
    const store = await aStore('2025-10-01T01:00:00.000Z');
    const clock = { now: () => new Date('2025-11-24T12:00:00Z') };
    const one = schedule(store, clock);
    for (const each of [one, one, schedule(store, clock)]) await each.requestDueDrills();
    expect(await drills(store)).toEqual([
      { project: 'site', quarter: '2025-Q4', trigger: 'schedule', requestedBy: 'scheduler' },
    ]);
  });

  it('asks for the next quarter when its slot comes', async () => {
    const store = await aStore('2025-10-01T01:00:00.000Z');
    let now = '2025-10-02T10:00:00Z';
    const one = schedule(store, { now: () => new Date(now) });
    await one.requestDueDrills();
    now = '2026-01-02T10:59:00Z';
    await one.requestDueDrills();
    expect(await drills(store)).toHaveLength(1);
    now = '2026-01-02T11:00:00Z';
    await one.requestDueDrills();
    expect(await drills(store)).toMatchObject([{ quarter: '2025-Q4' }, { quarter: '2026-Q1' }]);
  });

  it('asks for nothing more once it is told to stop', async () => {
    const store = await aStore('2025-10-01T01:00:00.000Z');
    const one = schedule(store, { now: () => new Date('2025-11-24T12:00:00Z') });
    await one.requestDueDrills(AbortSignal.abort());
    expect(await drills(store)).toEqual([]);
    await one.requestDueDrills();
    expect(await drills(store)).toHaveLength(1);
  });

  it('does not ask where there was nothing to restore when the slot came', async () => {
    const store = await aStore('2025-10-03T01:00:00.000Z');
    await schedule(store, { now: () => new Date('2025-11-24T12:00:00Z') }).requestDueDrills();
    expect(await drills(store)).toEqual([]);
  });
});
