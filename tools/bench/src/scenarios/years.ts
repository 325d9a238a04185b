import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { instantOf, projectOf } from '../data/years.js';
import { provideYears } from '../data/years-log.js';
import type { Result } from '../measure/rounds.js';
import { runMeasured } from '../measure/run-measured.js';
import type { Sample } from '../measure/sample.js';
import { havun, startStack, type Stack } from '../measure/stack.js';
import { configure, furnish, type YearsMachine } from '../measure/years-machine.js';
import { runDriver } from '../peers/ours.js';
import { yearsReport } from '../report/years.js';
import { inWorkFolder, type Bench, type Scenario } from './bench.js';

/** Backups in the log: a hundred days of fifty projects, a year and a half, and seven years. */
const sizes = [5_000, 25_000, 130_000];

/** Years of daily backups, under a stack that is up as users have it: what costs more than on the first day. */
export const years: Scenario = async (bench) => {
  const wanted = sizes.map((size) => Math.max(500, Math.round(size * bench.cache.scale)));
  bench.say('  an empty log');
  const results: Result[] = [await inWorkFolder(bench, (work) => measure(bench, work, { backups: 0 }))];
  bench.say('  filling the logs, for minutes the first time');
  for await (const { backups, dataDir } of provideYears(bench.cache, wanted)) {
    const isLast = backups === wanted.at(-1);
    results.push(await inWorkFolder(bench, (work) => measure(bench, work, { backups, dataDir, isLast })));
  }
  return yearsReport(results);
};

interface Past {
  readonly backups: number;
  readonly dataDir?: string;
  readonly isLast?: boolean;
}

async function measure(bench: Bench, work: string, { backups, dataDir, isLast = false }: Past): Promise<Result> {
  const name = `${backups.toLocaleString('en')} backups`;
  const machine = await furnish(work, dataDir);
  const now = Date.now();
  const samples: Sample[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    bench.say(`  ${name}: round ${round} of ${bench.rounds}, load ${loadavg()[0]!.toFixed(1)}`);
    // Every round has a minute of its own that has gone by.
    const slot = new Date(Math.floor(now / 60_000 - round) * 60_000);
    await configure(machine, slot);
    samples.push(await withStack(machine, (stack) => oneRound(machine, stack, { backups, slot: slot.getTime() })));
  }
  const afterwards = await withStack(machine, (stack) => Promise.resolve(stack), 'kill').then(async () => {
    await dropPageCache();
    return withStack(machine, async ({ startSeconds }) => ({
      recovery: startSeconds,
      ...(isLast && (await rebuild(bench, machine))),
    }));
  });
  return { name, samples: samples.map((sample) => ({ ...sample, details: { ...sample.details, ...afterwards } })) };
}

async function oneRound(
  machine: YearsMachine,
  stack: Stack,
  { backups, slot }: { readonly backups: number; readonly slot: number },
): Promise<Sample> {
  const { configFile } = machine;
  const { startedAt, startSeconds: start } = stack;
  const sample = await runDriver('years', { ...stack.address, configFile, backups, slot, startedAt });
  const commands = backups === 0 ? {} : await askByCommand(configFile, backups);
  const { node, server } = await stack.memory();
  const megabytes = {
    nodeMegabytes: node.resident / 1e6,
    nodePeakMegabytes: node.highWater / 1e6,
    serverMegabytes: server.resident / 1e6,
    serverPeakMegabytes: server.highWater / 1e6,
  };
  return { ...sample, details: { ...sample.details, ...commands, ...megabytes, start, load: loadavg()[0]! } };
}

/** Whole commands, as a person calls them. */
async function askByCommand(configFile: string, backups: number): Promise<Record<string, number>> {
  const run = Math.floor(backups / 3);
  const old = `${instantOf(run).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-')}-${projectOf(run)}`;
  const folder = join(configFile, '..', 'restored');
  const seconds = async (...args: string[]): Promise<number> =>
    (await runMeasured({ program: process.execPath, args: [havun, ...args, `--config=${configFile}`] })).seconds;
  return {
    showCommand: await seconds('backup:show', old),
    listCommand: await seconds('backup:list'),
    restoreListCommand: await seconds('restore:list'),
    dryRunCommand: await seconds('backup:restore', '--project=project-7', '--latest', `--to=${folder}`, '--dry-run'),
  };
}

async function rebuild(bench: Bench, { dataDir, configFile }: YearsMachine): Promise<Record<string, number>> {
  bench.say('  rebuild');
  const megabytes = (): number =>
    ['', '-wal'].reduce((sum, end) => {
      const stats = statSync(join(dataDir, `read-model.sqlite${end}`), { throwIfNoEntry: false });
      return sum + (stats?.size ?? 0) / 1e6;
    }, 0);
  const before = megabytes();
  const args = [havun, 'projection:rebuild', `--config=${configFile}`];
  const { seconds, peakBytes = NaN } = await runMeasured({ program: process.execPath, args });
  return {
    rebuild: seconds,
    rebuildMegabytes: peakBytes / 1e6,
    tablesBefore: before,
    tablesAfter: megabytes(),
  };
}

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
