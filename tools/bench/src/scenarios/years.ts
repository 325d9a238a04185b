import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startNatsServer } from '@havun/test-servers';
import type { Result } from '../measure/rounds.js';
import type { Sample } from '../measure/sample.js';
import { runDriver } from '../peers/ours.js';
import { belowVerdict, detailsOf, type Verdict } from '../report/verdict.js';
import { inWorkFolder, type Scenario } from './bench.js';

/** Backups in the log: a hundred days of fifty projects, a year and a half, and seven years. */
const sizes = [5_000, 25_000, 130_000];
const most = 1.5;

/** What must stay as fast as on the first day, with its label in the table. */
const flat = {
  open: 'open the log',
  firstRound: 'first round of the scheduler, 50 due',
  requestToSuccess: 'a run from its request to its end',
  show: 'show a backup by its name',
  latest: 'choose the latest backup',
  byName: 'choose a backup by its name',
  byDate: 'choose a backup by its date',
  restoreList: 'list the restores of every project',
} as const;

/** Years of daily backups: what becomes slower than on the first day. */
export const years: Scenario = (bench) =>
  inWorkFolder(bench, async (work) => {
    const storeDir = join(work, 'jetstream');
    const results: Result[] = [];
    let from = 0;
    for (const size of sizes) {
      const to = Math.max(100, Math.round(size * bench.cache.scale));
      const input = { seed: bench.cache.seed, from, to, folder: work };
      await withServer({ storeDir, syncAlways: false }, async ({ url, pid }) => {
        bench.say(`  ${to.toLocaleString('en')} backups: filling the log`);
        await runDriver('years', { ...input, url, serverPid: pid, what: 'fill' });
      });
      await withServer({ storeDir }, async (server) => {
        bench.say(`  ${to.toLocaleString('en')} backups: start after kill -9`);
        await server.kill();
        await dropFromCache(storeDir);
        const before = performance.now();
        await server.restart();
        const recovery = (performance.now() - before) / 1000;
        const samples: Sample[] = [];
        for (let round = 1; round <= bench.rounds; round++) {
          bench.say(`  ${to.toLocaleString('en')} backups: round ${round}`);
          samples.push(await runDriver('years', { ...input, url: server.url, serverPid: server.pid, what: 'measure' }));
        }
        results.push({
          name: `${to.toLocaleString('en')} backups`,
          samples: samples.map((each) => withDetail(each, { recovery })),
        });
        if (size !== sizes.at(-1)) return;
        bench.say('  rebuild');
        const sample = await runDriver('years', { ...input, url: server.url, serverPid: server.pid, what: 'rebuild' });
        results.push({ name: 'rebuild at the largest', samples: [sample] });
      });
      from = to;
    }
    const measured = results.slice(0, sizes.length);
    const best = (key: string): number[] => measured.map(({ samples }) => Math.min(...detailsOf(samples, key)));
    const told = (values: readonly number[], digits: number): string =>
      values.map((value) => value.toFixed(digits)).join(', ');
    return {
      scenario: 'years',
      title: `50 projects, daily: ${measured.map(({ name }) => name).join(', ')}`,
      results,
      verdicts: [
        ...Object.entries(flat).map(([key, what]) => growthVerdict(what, best(key))),
        belowVerdict('memory of nats-server and the asking process', sumsOf(results), 512, 'MB'),
      ],
      missing: [],
      notes: [
        ...Object.entries(flat).map(
          ([key, what]) =>
            `${what}: ${told(
              best(key).map((each) => each * 1000),
              1,
            )} ms`,
        ),
        `start of nats-server after kill -9, cold cache: ${told(best('recovery'), 1)} s`,
        `nats-server holds ${told(best('serverMegabytes'), 0)} MB, the asking process ${told(best('ownMegabytes'), 0)} MB`,
        'Best of the rounds. Asked of the use cases in one process; archives, uploads and the command line are not part of it.',
      ],
    };
  });

/** From the smallest log to the largest. */
function growthVerdict(what: string, values: readonly number[]): Verdict {
  const growth = (values.at(-1) ?? NaN) / (values[0] ?? NaN);
  return { what, target: `at most ${most} x the smallest`, measured: `${growth.toFixed(2)} x`, met: growth <= most };
}

const sumsOf = (results: readonly Result[]): number[] =>
  results.flatMap(({ samples }) => {
    const [server, own] = [detailsOf(samples, 'serverMegabytes'), detailsOf(samples, 'ownMegabytes')];
    return server.map((megabytes, index) => megabytes + (own[index] ?? 0));
  });

const withDetail = (sample: Sample, more: Readonly<Record<string, number>>): Sample => ({
  ...sample,
  details: { ...sample.details, ...more },
});

type Server = Awaited<ReturnType<typeof startNatsServer>>;

async function withServer(
  options: Parameters<typeof startNatsServer>[0],
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await startNatsServer(options);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

/** As after a power cut: drops these files from the page cache (dd(1), nocache). */
const dropFromCache = (folder: string): Promise<unknown> =>
  promisify(execFile)('find', [
    folder,
    '-type',
    'f',
    '-exec',
    'dd',
    'if={}',
    'iflag=nocache',
    'count=0',
    'status=none',
    ';',
  ]);
