import { bulkSet, mebibyte, provide, tinySet, type DataFile } from '../data/data-set.js';
import type { Result } from '../measure/rounds.js';
import type { Sample } from '../measure/sample.js';
import { flatVerdict, memoryVerdict, peakMegabytes } from '../report/verdict.js';
import { inWorkFolder, ourArchiver, type Bench, type Scenario } from './bench.js';

interface Step {
  readonly name: string;
  readonly set: string;
  readonly files: () => Iterable<DataFile>;
}

/** Ours alone: how much memory it takes as the source grows in bytes and in files. */
export const memory: Scenario = async (bench) => {
  const bySize = await measure(
    bench,
    [100, 1000, ...(bench.full ? [5000, 20_000] : [])].map((megabytes) => hugeFile(bench, megabytes)),
  );
  const byCount = await measure(bench, [
    tenFiles(bench),
    ...[20_000, 100_000, ...(bench.full ? [1_000_000] : [])].map((count) => manyFiles(bench, count)),
  ]);
  const samplesOf = (results: readonly Result[]): Sample[] => results.flatMap(({ samples }) => samples);
  const results = [...bySize, ...byCount];
  return {
    scenario: 'memory',
    title: 'peak memory of our process as the source grows',
    results,
    verdicts: [
      memoryVerdict('peak memory at any size and count', { samples: samplesOf(results) }),
      flatVerdict('peak memory from the smallest to the largest source', peakMegabytes(samplesOf(bySize)), 1.5),
      flatVerdict('peak memory from the fewest to the most files', peakMegabytes(samplesOf(byCount)), 1.5),
    ],
    missing: [],
    notes: [
      'One run each. Peak: the larger of the sum over the process tree every 50 ms and the highest VmHWM.',
      ...(bench.full ? [] : ['Sizes up to 20 GB and 1,000,000 files are measured with --full.']),
    ],
  };
};

const size = ({ cache }: Bench, megabytes: number): number => Math.max(1, Math.round(megabytes * cache.scale)) * 1e6;
const described = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

function hugeFile(bench: Bench, megabytes: number): Step {
  const bytes = size(bench, megabytes);
  return {
    name: `one file of ${described(bytes)}`,
    set: `huge-${bytes / 1e6}`,
    files: () => bulkSet(bench.cache, bytes, 1),
  };
}

function tenFiles(bench: Bench): Step {
  const bytes = Math.max(10 * mebibyte, size(bench, 100));
  return { name: `10 files, ${described(bytes)}`, set: 'ten', files: () => bulkSet(bench.cache, bytes, 10) };
}

function manyFiles(bench: Bench, wanted: number): Step {
  const count = Math.max(1, Math.round(wanted * bench.cache.scale));
  return {
    name: `${count.toLocaleString('en')} files of 220 bytes`,
    set: `tiny-${count}`,
    files: () => tinySet(bench.cache, count),
  };
}

async function measure(bench: Bench, steps: readonly Step[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, set, files } of steps) {
    bench.say(`  ${name}: the data`);
    const folder = await provide(bench.cache, set, files());
    bench.say(`  ${name}: the archive`);
    const sample = await inWorkFolder(bench, (work) => ourArchiver(folder, work).run());
    results.push({ name, samples: [sample] });
  }
  return results;
}
