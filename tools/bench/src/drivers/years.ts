/** What the services of a stack that is up do with a log of many years: fifty backups that are due at once, then single ones. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { loadConfig, type HavunConfig } from '@havun/config';
import { slotBackupId, type BackupEvent, type StreamId } from '@havun/domain';
import { openEventStore } from '@havun/event-store';
import { requestBackup } from '@havun/use-cases';
import { projectOf } from '../data/years.js';
import { answer, driverInput, timed } from '../measure/driver.js';
import { median } from '../measure/sample.js';
import type { StackAddress } from '../measure/stack.js';

export interface YearsInput extends StackAddress {
  configFile: string;
  /** When every project was due last, and when the stack was started: milliseconds since the epoch. */
  slot: number;
  startedAt: number;
}

const { url, user, password, configFile, slot, startedAt } = driverInput() as YearsInput;
const connection = await connect({ servers: url, user, pass: password });
const config: HavunConfig = await loadConfig({ path: configFile, env: {} });
const store = await openEventStore(config.event_store, { connection });
const projects = Object.keys(config.projects);
const singleRuns = 7;
const waitMs = 300_000;

const due = await dueRound();
const requestToSuccess = await oneRun();
answer({ ...due, requestToSuccess });
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

/** From the request of one backup to its success, with nothing else to do: the median of several. */
async function oneRun(): Promise<number> {
  const deps = {
    store,
    config,
    leases: { peek: () => Promise.resolve(undefined) },
    clock: { now: () => new Date() },
    ids: { uuid: () => randomUUID() },
    source: 'bench',
  };
  const times: number[] = [];
  for (let run = 0; run < singleRuns; run++) {
    const backupId = randomUUID();
    const project = projectOf(run * 7);
    times.push(
      await timed(async () => {
        const asked = await requestBackup(deps, { project, backupId, trigger: 'manual' });
        if (asked.kind !== 'requested') throw new Error(`a request was refused: ${asked.refusal.message}`);
        await untilSuccess(backupId, 5);
      }),
    );
  }
  return median(times);
}
