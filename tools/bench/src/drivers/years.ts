/**
 * What a person and the services ask of a log of many years, of a stack that is up. Commands ask through the same use
 * cases; here they are asked in one process, so that starting Node does not hide what the log costs.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { loadConfig, type HavunConfig } from '@havun/config';
import { slotBackupId, type BackupEvent, type StreamId } from '@havun/domain';
import { openEventStore } from '@havun/event-store';
import { openReadModel } from '@havun/read-model';
import { findBackup, interruptedRuns, newestRestores, ProjectNames, requestBackup } from '@havun/use-cases';
import { instantOf, projectOf } from '../data/years.js';
import { answer, driverInput, timed } from '../measure/driver.js';
import { median } from '../measure/sample.js';
import type { StackAddress } from '../measure/stack.js';

export interface YearsInput extends StackAddress {
  configFile: string;
  /** Backups that were in the log before. */
  backups: number;
  /** When every project was due last, and when the stack was started: milliseconds since the epoch. */
  slot: number;
  startedAt: number;
}

const { url, user, password, configFile, backups, slot, startedAt } = driverInput() as YearsInput;
const connection = await connect({ servers: url, user, pass: password });
const config: HavunConfig = await loadConfig({ path: configFile, env: {} });
const store = await openEventStore(config.event_store, { connection });
const scope = { store, config };
const projects = Object.keys(config.projects);
const looks = 15;
const waitMs = 300_000;

const due = await dueRound();
const requestToSuccess = await oneRun();
const past = backups === 0 ? {} : await askOfThePast();
answer({ ...due, requestToSuccess, ...past });
await connection.close();

/** When the fifty were asked for, and when they had succeeded. The scheduler may have begun before this process. */
async function dueRound(): Promise<Record<string, number>> {
  const histories = await Promise.all(projects.map((project) => untilSuccess(slotBackupId(project, new Date(slot)))));
  const timesOf = (type: BackupEvent['type']): number[] =>
    histories.flatMap((events) => events.filter((event) => event.type === type).map(({ at }) => Date.parse(at)));
  const [asked, ended] = [timesOf('BackupRequested'), timesOf('BackupCompleted')];
  const first = Math.min(...asked);
  return {
    firstRequest: (first - startedAt) / 1000,
    firstRound: (Math.max(...asked) - first) / 1000,
    dueToSuccess: (Math.max(...ended) - first) / 1000,
  };
}

/** @returns the events of a backup that has succeeded */
async function untilSuccess(id: string, everyMs = 100): Promise<BackupEvent[]> {
  const stream: StreamId = { host: 'local', category: 'backup', id };
  for (const giveUpAt = Date.now() + waitMs; Date.now() < giveUpAt;) {
    const last = (await store.last(stream))?.event as BackupEvent | undefined;
    if (last?.type === 'BackupFailed') throw new Error(`a backup failed: ${last.data.message}`);
    if (last?.type === 'BackupCompleted') return (await store.read(stream)).map(({ event }) => event as BackupEvent);
    await sleep(everyMs);
  }
  throw new Error(`the backup ${id} had not succeeded after ${waitMs / 1000} s`);
}

async function medianOf(work: (run: number) => Promise<unknown>, rounds = looks): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < rounds; index++) {
    const run = Math.floor((Math.max(backups, 50) / rounds) * (index + 0.5));
    times.push(await timed(() => work(run)));
  }
  return median(times);
}

function oneRun(): Promise<number> {
  const deps = {
    ...scope,
    leases: { peek: () => Promise.resolve(undefined) },
    clock: { now: () => new Date() },
    ids: { uuid: () => randomUUID() },
    source: 'bench',
  };
  return medianOf(async (run) => {
    const backupId = randomUUID();
    const asked = await requestBackup(deps, { project: projectOf(run), backupId, trigger: 'manual' });
    if (asked.kind !== 'requested') throw new Error(`a request was refused: ${asked.refusal.message}`);
    await untilSuccess(backupId, 5);
  }, 7);
}

async function askOfThePast(): Promise<Record<string, number>> {
  const nameOf = (run: number): string =>
    `${instantOf(run).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-')}-${projectOf(run)}`;
  const choose = (criterion: (run: number) => Parameters<typeof findBackup>[2]): Promise<number> =>
    medianOf(async (run) => {
      const { kind } = await findBackup(scope, projectOf(run), criterion(run));
      if (kind !== 'found') throw new Error('no backup was chosen');
    });
  const show = await medianOf(async (run) => {
    const id = await new ProjectNames(store, 'local', projectOf(run)).idOf('backups', nameOf(run));
    if (id === undefined) throw new Error(`${nameOf(run)} was not found`);
    await store.read({ host: 'local', category: 'backup', id });
  });
  const latest = await choose(() => ({ kind: 'latest' }));
  const byName = await choose((run) => ({ kind: 'name', name: nameOf(run) }));
  const byDate = await choose((run) => ({ kind: 'date', date: instantOf(run).toISOString().slice(0, 10) }));
  const restoreList = await medianOf(() => newestRestores(scope, projects, 50), 3);
  const tables = await openReadModel(config.read_model, { readOnly: true });
  const { queries } = tables;
  const backupList = await medianOf(() => queries.listBackups({ limit: 50 }));
  const interrupted = await medianOf(
    () => interruptedRuns({ ...scope, runningBackups: () => queries.runningBackups() }),
    3,
  );
  await tables.close();
  return { show, latest, byName, byDate, restoreList, backupList, interrupted };
}
