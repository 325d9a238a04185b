/**
 * What people and services ask of a log of many years, through the same use cases. First fills the log up to the wanted size;
 * neither that nor `GC` is measured.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { loadConfig } from '@havun/config';
import { backupDecider, type BackupCommand } from '@havun/domain';
import { encodeEvent, execute, openEventStore, subjectOf } from '@havun/event-store';
import { openReadModel } from '@havun/read-model';
import { findBackup, inLanes, ProjectNames, requestBackup, restoresOf } from '@havun/use-cases';
import { instantOf, pastRuns, projectOf, yearsProjects } from '../data/years.js';
import { answer, driverInput, timed } from '../measure/driver.js';
import { memoryOf } from '../measure/process-tree.js';
import { median } from '../measure/sample.js';

export interface YearsInput {
  url: string;
  serverPid: number;
  seed: string;
  /** Backups that are in the log already, and the wanted number. */
  from: number;
  to: number;
  folder: string;
  what: 'fill' | 'measure' | 'rebuild';
}

const { url, serverPid, seed, from, to, folder, what } = driverInput() as YearsInput;
const connection = await connect({ servers: url });
const opening = performance.now();
const store = await openEventStore({ type: 'jetstream' }, { connection });
const openSeconds = (performance.now() - opening) / 1000;
const serverMegabytes = (): number => memoryOf(readFileSync(`/proc/${serverPid}/status`, 'utf8')).resident / 1e6;
const ownMegabytes = (): number => process.memoryUsage.rss() / 1e6;

if (what === 'fill') answer({ seconds: await timed(fill) });
else if (what === 'rebuild') answer(await rebuild());
else answer(await measure());
await connection.close();

/** Does not wait for each acknowledgement: nobody else appends, so every position is known beforehand. */
async function fill(): Promise<void> {
  let position = await store.head();
  const last = new Map<string, number>();
  for (const { stream, event } of pastRuns(seed, from, to)) {
    const { headers, data } = encodeEvent(stream, event);
    const subject = subjectOf(stream);
    headers.set('Nats-Msg-Id', event.id);
    headers.set('Havun-Previous', String(last.get(subject) ?? (await lastBefore(stream))));
    position += 1;
    last.set(subject, position);
    connection.publish(subject, data, { headers });
    if (position % 2000 !== 0) continue;
    await connection.flush();
    while (position - (await store.head()) > 20_000) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await connection.flush();
  while ((await store.head()) < position) await new Promise((resolve) => setTimeout(resolve, 50));

  function lastBefore(stream: Parameters<typeof store.last>[0]): Promise<number> | number {
    return from === 0 || stream.category === 'backup' ? 0 : store.last(stream).then((found) => found?.position ?? 0);
  }
}

async function measure(): Promise<Record<string, number>> {
  const text = {
    timezone: 'UTC',
    storage: { local: { path: '/backups' } },
    projects: Object.fromEntries(
      Array.from({ length: yearsProjects }, (_, index) => [
        projectOf(index),
        { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } },
      ]),
    ),
  };
  const path = join(folder, 'havun.yaml');
  writeFileSync(path, JSON.stringify(text));
  const config = await loadConfig({ path, env: {} });
  const now = new Date(instantOf(to + yearsProjects).getTime() + 1000);
  const clock = { now: () => now };
  const ids = { uuid: () => randomUUID() };
  const leases = { peek: () => Promise.resolve(undefined) };
  const deps = { store, leases, clock, ids, config, source: 'bench' };
  const round = async (): Promise<void> => {
    for await (const _ of inLanes(Object.keys(config.projects), 8, (project) =>
      requestBackup(deps, { project, backupId: randomUUID(), trigger: 'schedule', slot: now }),
    ));
  };
  const each = async (work: (run: number) => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < 15; index++) {
      const run = Math.floor((to / 15) * index);
      times.push(await timed(() => work(run)));
    }
    return median(times);
  };
  const nameOf = (run: number): string => {
    const time = instantOf(run).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
    return `${time}-${projectOf(run)}`;
  };
  const firstRound = await timed(round);
  const requestToSuccess = await each(async (run) => {
    const backupId = randomUUID();
    const asked = await requestBackup(deps, { project: projectOf(run), backupId, trigger: 'safety' });
    if (asked.kind !== 'requested') throw new Error('a request was refused');
    const at = now.toISOString();
    const failure = { stage: 'archive', code: 'X', message: 'm', remedy: 'r' } as const;
    const steps: BackupCommand[] = [
      { type: 'StartBackup', now: at, runner: 'bench' } as unknown as BackupCommand,
      { type: 'FailBackup', now: at, ...failure } as unknown as BackupCommand,
    ];
    for (const command of steps) {
      const meta = { ids, source: 'bench', correlationId: backupId };
      await execute({ store, decider: backupDecider, stream: asked.stream, command, meta });
    }
  });
  const show = await each(async (run) => {
    const id = await new ProjectNames(store, 'local', projectOf(run)).idOf('backups', nameOf(run));
    if (id === undefined) throw new Error(`${nameOf(run)} was not found`);
    await store.read({ host: 'local', category: 'backup', id });
  });
  const choose = (criterion: (run: number) => Parameters<typeof findBackup>[2]) =>
    each(async (run) => {
      const { kind } = await findBackup({ store, config }, projectOf(run), criterion(run));
      if (kind !== 'found') throw new Error('no backup was chosen');
    });
  const latest = await choose(() => ({ kind: 'latest' }));
  const byName = await choose((run) => ({ kind: 'name', name: nameOf(run) }));
  const byDate = await choose((run) => ({ kind: 'date', date: instantOf(run).toISOString().slice(0, 10) }));
  const restoreList = await timed(async () => {
    for (const project of Object.keys(config.projects)) for await (const _ of restoresOf({ store, config }, project));
  });
  return {
    open: openSeconds,
    firstRound,
    requestToSuccess,
    show,
    latest,
    byName,
    byDate,
    restoreList,
    serverMegabytes: serverMegabytes(),
    ownMegabytes: ownMegabytes(),
  };
}

async function rebuild(): Promise<Record<string, number>> {
  const path = join(folder, 'tables.sqlite');
  const tables = await openReadModel({ type: 'sqlite', path });
  const run = (): Promise<number> => timed(() => tables.rebuild((after) => store.readAll(after)));
  const seconds = await run();
  const lists = async (): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < 15; index++) times.push(await timed(() => tables.queries.listBackups({ limit: 50 })));
    return median(times);
  };
  const list = await lists();
  const details = {
    seconds,
    list,
    events: await store.head(),
    serverMegabytes: serverMegabytes(),
    ownMegabytes: ownMegabytes(),
    fileMegabytes: statSync(path).size / 1e6,
  };
  await tables.close();
  return details;
}
