import { bytesBelow } from '../peers/archivers.js';
import { mixedSet, provide, tinySet, warm } from '../data/data-set.js';
import type { Result } from '../measure/rounds.js';
import { median } from '../measure/sample.js';
import { ours } from '../peers/ours.js';
import { php, restic, sevenZip, type Peer } from '../peers/programs.js';
import {
  belowVerdict,
  detailsOf,
  memoryVerdict,
  sizeVerdict,
  speedVerdict,
  timeVerdict,
  type Verdict,
} from '../report/verdict.js';
import {
  inTurns,
  inWorkFolder,
  missingOf,
  named,
  ourArchiver,
  peerArchivers,
  type Bench,
  type Scenario,
} from './bench.js';

/** The targets against a peer: minimum speed and maximum time as multiples, maximum extra size in per cent. */
interface Wanted {
  readonly peer: Peer;
  readonly speed?: number;
  readonly time?: number;
  readonly size?: number;
}

const againstWholeArchives: readonly Wanted[] = [
  { peer: php, speed: 4, size: 2 },
  { peer: sevenZip, speed: 4, size: 3 },
  { peer: restic, speed: 1 },
];
const againstTinyFiles: readonly Wanted[] = [{ peer: php, speed: 3 }, { peer: sevenZip, time: 1.5 }, { peer: restic }];

const timing =
  'Whole processes are timed, ours from starting Node on. Ours also takes the SHA-256 of the archive and of every entry, ' +
  'and syncs the file before it ends; PHP and 7-Zip do neither.';

export const archive: Scenario = async (bench) => {
  const folder = await provide(bench.cache, 'mixed', mixedSet(bench.cache));
  const { results, bytes } = await contest(bench, folder, againstWholeArchives);
  const own = named(results, ours)!;
  const busy = median(detailsOf(own.samples, 'mainThreadBusy')) * 100;
  return {
    scenario: 'archive',
    title: `the mixed set, ${(bytes / 1e6).toFixed(0)} MB`,
    results,
    verdicts: [
      ...verdicts('whole archive', results, againstWholeArchives),
      memoryVerdict('whole archive, peak memory', own),
      belowVerdict('event loop while archiving, p99 delay', detailsOf(own.samples, 'eventLoopP99Ms'), 50, 'ms'),
    ],
    missing: missingOf(bench, [php, sevenZip, restic]),
    notes: [
      timing,
      `Our main thread was busy for ${busy.toFixed(0)} % of the time; the longest delay of its event loop was ` +
        `${Math.max(...detailsOf(own.samples, 'eventLoopMaxMs')).toFixed(0)} ms.`,
      'restic makes no ZIP: it cuts, deduplicates and compresses with zstd, so its size is not comparable.',
    ],
  };
};

export const tiny: Scenario = async (bench) => {
  const count = Math.max(1, Math.round(20_000 * bench.cache.scale));
  const folder = await provide(bench.cache, `tiny-${count}`, tinySet(bench.cache, count));
  const { results } = await contest(bench, folder, againstTinyFiles);
  return {
    scenario: 'tiny',
    title: `${count.toLocaleString('en')} files of 220 bytes`,
    results,
    verdicts: [
      ...verdicts('tiny files', results, againstTinyFiles),
      memoryVerdict('tiny files, peak memory', named(results, ours)!),
    ],
    missing: missingOf(bench, [php, sevenZip, restic]),
    notes: [timing],
  };
};

async function contest(
  bench: Bench,
  folder: string,
  wanted: readonly Wanted[],
): Promise<{ results: Result[]; bytes: number }> {
  await warm(folder);
  const peers = wanted.map(({ peer }) => peer);
  const results = await inWorkFolder(bench, (work) =>
    inTurns(bench, [ourArchiver(folder, work), ...peerArchivers(bench, peers, folder, work)]),
  );
  return { results, bytes: await bytesBelow(folder) };
}

function verdicts(what: string, results: readonly Result[], wanted: readonly Wanted[]): Verdict[] {
  const own = named(results, ours)!;
  return wanted.flatMap(({ peer: { name }, speed, time, size }) => {
    const peer = named(results, name);
    return [
      ...(speed === undefined ? [] : [speedVerdict(`${what}, speed against ${name}`, own, peer, speed)]),
      ...(time === undefined ? [] : [timeVerdict(`${what}, time against ${name}`, own, peer, time)]),
      ...(size === undefined ? [] : [sizeVerdict(`${what}, size against ${name}`, own, peer, size)]),
    ];
  });
}
