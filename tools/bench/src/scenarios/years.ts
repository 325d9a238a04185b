import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { nameOf } from '../data/years.js';
import { provideYears } from '../data/years-log.js';
import { takeTurns, type Result } from '../measure/rounds.js';
import { runMeasured } from '../measure/run-measured.js';
import type { Sample } from '../measure/sample.js';
import { havun, startStack, type Stack } from '../measure/stack.js';
import { configure, furnish, type YearsMachine } from '../measure/years-machine.js';
import { runDriver } from '../peers/ours.js';
import { yearsReport } from '../report/years.js';
import { inWorkFolder, type Bench, type Scenario } from './bench.js';

/** Backups in the log: a hundred days of fifty projects, a year and a half, and seven years. */
const sizes = [5_000, 25_000, 130_000];

interface Past extends YearsMachine {
  readonly name: string;
  readonly backups: number;
}

type Details = Readonly<Record<string, number>>;

/**
 * Years of daily backups, under a stack that is up as users have it: what costs more than on the first day. The logs take
 * turns, so that whatever else the machine does slows all of them.
 */
export const years: Scenario = (bench) =>
  inWorkFolder(bench, async (work) => {
    const all = await furnishAll(bench, work);
    const results = await inRounds(bench, all);
    const filled = all.filter(({ backups }) => backups > 0);
    const answers = await askSideBySide(bench, filled);
    const details: Details[] = [];
    for (const past of all) {
      const recovery = await recover(bench, past);
      details.push({
        ...recovery,
        ...(past === filled.at(-1) && (await rebuild(bench, past))),
        ...answersOf(past, answers),
      });
    }
    return yearsReport(results.map((result, index) => withDetails(result, details[index]!)));
  });

/** An empty log, and one of each size. */
async function furnishAll({ cache, say }: Bench, work: string): Promise<Past[]> {
  const wanted = sizes.map((size) => Math.max(500, Math.round(size * cache.scale)));
  const folder = async (name: string): Promise<string> => {
    const path = join(work, name);
    await mkdir(path);
    return path;
  };
  const all: Past[] = [{ name: 'an empty log', backups: 0, ...(await furnish(await folder('0'))) }];
  say('  filling the logs, for minutes the first time');
  for await (const { backups, dataDir } of provideYears(cache, wanted)) {
    const name = `${backups.toLocaleString('en')} backups`;
    all.push({ name, backups, ...(await furnish(await folder(String(backups)), dataDir)) });
  }
  return all;
}

/** The first round finds cold files, and does not count. */
async function inRounds({ rounds, say }: Bench, all: readonly Past[]): Promise<Result[]> {
  const now = Date.now();
  const contenders = all.map((past) => {
    let started = 0;
    const run = async (): Promise<Sample> => {
      // Every round has a minute of its own that has gone by.
      const slot = new Date(Math.floor(now / 60_000 - ++started) * 60_000);
      await configure(past, slot);
      return withStack(past, (stack) => oneRound(past, stack, slot.getTime()));
    };
    return { name: past.name, run };
  });
  const results = await takeTurns(contenders, rounds + 1, (name, round) => {
    say(
      `  ${name}: ${round === 1 ? 'warming up' : `round ${round - 1} of ${rounds}`}, load ${loadavg()[0]!.toFixed(1)}`,
    );
  });
  return results.map(({ name, samples }) => ({ name, samples: samples.slice(1) }));
}

async function oneRound({ configFile, backups }: Past, stack: Stack, slot: number): Promise<Sample> {
  const { startedAt, startSeconds: start } = stack;
  const sample = await runDriver('years', { ...stack.address, configFile, slot, startedAt });
  const commands = backups === 0 ? {} : await askByCommand(configFile, backups);
  const memory = await memoryOf(stack);
  return { ...sample, details: { ...sample.details, ...commands, ...memory, start, load: loadavg()[0]! } };
}

async function memoryOf(stack: Stack): Promise<Details> {
  const { node, server } = await stack.memory();
  return {
    nodeMegabytes: node.resident / 1e6,
    nodePeakMegabytes: node.highWater / 1e6,
    serverMegabytes: server.resident / 1e6,
    serverPeakMegabytes: server.highWater / 1e6,
  };
}

/** Whole commands, as a person calls them. */
async function askByCommand(configFile: string, backups: number): Promise<Details> {
  const folder = join(configFile, '..', 'restored');
  const seconds = async (...args: string[]): Promise<number> =>
    (await runMeasured({ program: process.execPath, args: [havun, ...args, `--config=${configFile}`] })).seconds;
  return {
    showCommand: await seconds('backup:show', nameOf(Math.floor(backups / 3))),
    listCommand: await seconds('backup:list'),
    restoreListCommand: await seconds('restore:list'),
    dryRunCommand: await seconds('backup:restore', '--project=project-7', '--latest', `--to=${folder}`, '--dry-run'),
  };
}

/** All stacks are up at once, and one process asks them in turn. */
async function askSideBySide({ rounds, say }: Bench, all: readonly Past[]): Promise<Details> {
  say(`  questions, side by side, load ${loadavg()[0]!.toFixed(1)}`);
  const stacks: Stack[] = [];
  try {
    for (const past of all) stacks.push(await startStack(past));
    const asked = stacks.map(({ address }, index) => {
      const { configFile, backups } = all[index]!;
      return { ...address, configFile, backups };
    });
    const { details } = await runDriver('years-questions', { stacks: asked, passes: rounds + 2 });
    const held: Record<string, number> = {};
    for (const [index, stack] of stacks.entries())
      held[`${all[index]!.backups}.serverAskedMegabytes`] = (await stack.memory()).server.resident / 1e6;
    return { ...details, ...held };
  } finally {
    for (const stack of stacks) await stack.stop();
  }
}

/** Their keys begin with the number of backups. */
const answersOf = ({ backups }: Past, answers: Details): Details =>
  Object.fromEntries(
    Object.entries(answers).flatMap(([key, value]) => {
      const [size, name = ''] = key.split('.');
      return size === String(backups) ? [[name, value]] : [];
    }),
  );

async function recover({ say }: Bench, past: Past): Promise<Details> {
  say(`  ${past.name}: killed, and started again`);
  await withStack(past, (stack) => Promise.resolve(stack), 'kill');
  await dropPageCache();
  return withStack(past, ({ startSeconds }) => Promise.resolve({ recovery: startSeconds }));
}

async function rebuild({ say }: Bench, past: Past): Promise<Details> {
  say('  rebuild');
  const { dataDir, configFile } = past;
  const megabytes = (): number =>
    ['', '-wal'].reduce((sum, end) => {
      const stats = statSync(join(dataDir, `read-model.sqlite${end}`), { throwIfNoEntry: false });
      return sum + (stats?.size ?? 0) / 1e6;
    }, 0);
  const args = [havun, 'projection:rebuild', `--config=${configFile}`];
  return withStack(past, async () => {
    const tablesBefore = megabytes();
    const { seconds, peakBytes = NaN } = await runMeasured({ program: process.execPath, args });
    return { rebuild: seconds, rebuildMegabytes: peakBytes / 1e6, tablesBefore, tablesAfter: megabytes() };
  });
}

const withDetails = ({ name, samples }: Result, more: Details): Result => ({
  name,
  samples: samples.map((sample) => ({ ...sample, details: { ...sample.details, ...more } })),
});

async function withStack<T>(
  machine: YearsMachine,
  use: (stack: Stack) => Promise<T>,
  end: 'stop' | 'kill' = 'stop',
): Promise<T> {
  const stack = await startStack(machine);
  try {
    return await use(stack);
  } finally {
    await stack[end]();
  }
}

/** As after a power cut. Where this is not allowed, the files stay in memory, and the numbers are those of a warm cache. */
async function dropPageCache(): Promise<void> {
  execFileSync('sync');
  await writeFile('/proc/sys/vm/drop_caches', '1').catch(() => undefined);
}
