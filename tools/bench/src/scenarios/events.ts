import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startNatsServer } from '@havun/test-servers';
import type { Result } from '../measure/rounds.js';
import { medianOf, type Sample } from '../measure/sample.js';
import { ours, runDriver } from '../peers/ours.js';
import { atLeastVerdict, timeVerdict } from '../report/verdict.js';
import { inTurns, inWorkFolder, type Bench, type Scenario } from './bench.js';

const server = 'bare JetStream publish';
const [fromLog, fromMemory] = [`${ours}, from the log`, `${ours}, from memory`];

const rateOf = ({ samples }: Result, events: number): number => events / medianOf(samples, 'seconds')!;
const counted = ({ cache }: Bench, events: number): number => Math.max(100, Math.round(events * cache.scale));
const inside = async (driver: string, input: unknown): Promise<Sample> => {
  const sample = await runDriver(driver, input);
  return { ...sample, seconds: sample.details['seconds']! };
};

/** One event after another, each acknowledged and fsynced, on one server. */
export const append: Scenario = async (bench) => {
  const events = counted(bench, 5000);
  const results = await inWorkFolder(bench, async (work) => {
    const nats = await startNatsServer({ storeDir: join(work, 'jetstream') });
    let round = 0;
    const run = (through: 'event-store' | 'server') => () =>
      inside('append', { url: nats.url, seed: `${bench.cache.seed}-${++round}`, events, through });
    try {
      return await inTurns(bench, [
        { name: ours, run: run('event-store') },
        { name: server, run: run('server') },
      ]);
    } finally {
      await nats.stop();
    }
  });
  const [own, bare] = results as [Result, Result];
  return {
    scenario: 'append',
    title: `${events.toLocaleString('en')} events, one at a time, with sync_interval: always`,
    results,
    verdicts: [timeVerdict('event append, time against the server itself', own, bare, 1.5)],
    missing: [],
    notes: [
      `Ours ${rateOf(own, events).toFixed(0)} events/s, the server itself ${rateOf(bare, events).toFixed(0)} messages/s of the same data.`,
      "CPU and memory are the client's.",
    ],
  };
};

/** All events of the log into fresh tables. */
export const rebuild: Scenario = async (bench) => {
  const [events, { seed }] = [counted(bench, 100_000), bench.cache];
  const results = await inWorkFolder(bench, async (work) => {
    const nats = await startNatsServer({ storeDir: join(work, 'jetstream'), syncAlways: false });
    const run = (url?: string) => async () => {
      const database = join(work, 'tables.sqlite');
      const sample = await inside('rebuild', { seed, events, database, ...(url !== undefined && { url }) });
      for (const end of ['', '-wal', '-shm']) await rm(`${database}${end}`, { force: true });
      return sample;
    };
    try {
      bench.say('  filling the log');
      await runDriver('fill-log', { url: nats.url, seed, events });
      return await inTurns(bench, [
        { name: fromLog, run: run(nats.url) },
        { name: fromMemory, run: run() },
      ]);
    } finally {
      await nats.stop();
    }
  });
  const [log, own] = results as [Result, Result];
  return {
    scenario: 'rebuild',
    title: `${events.toLocaleString('en')} events into SQLite`,
    results,
    verdicts: [
      atLeastVerdict('projection rebuild from the log', rateOf(log, events), 20_000, 'events/s'),
      atLeastVerdict('projection rebuild without reading the log', rateOf(own, events), 20_000, 'events/s'),
    ],
    missing: [],
    notes: ['From memory: the same events without the server, so that the difference is what reading the log costs.'],
  };
};
