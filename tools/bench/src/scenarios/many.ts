import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crowdedSet, provide, warm } from '../data/data-set.js';
import { median } from '../measure/sample.js';
import { password } from '../peers/archivers.js';
import { runDriver } from '../peers/ours.js';
import { detailsOf } from '../report/verdict.js';
import { inTurns, inWorkFolder, named, ourArchiver, type Scenario } from './bench.js';

const recover = 'the files of a drill';

/** One folder with very many files: its backup, and what a drill then does with them. */
export const many: Scenario = async (bench) => {
  const count = Math.max(1, Math.round(100_000 * bench.cache.scale));
  const folder = await provide(bench.cache, `crowded-${count}`, crowdedSet(bench.cache, count));
  await warm(folder);
  const results = await inWorkFolder(bench, async (work) => {
    const archives = join(work, 'archives');
    await mkdir(archives);
    const archive = join(archives, 'crowded.zip');
    await runDriver('archive', { folder, archive, password });
    const to = join(work, 'extracted');
    return inTurns(bench, [
      ourArchiver(folder, work),
      { name: recover, run: () => runDriver('recover', { archive, password, to }) },
    ]);
  });
  const { samples } = named(results, recover)!;
  const seconds = (step: string): string => `${median(detailsOf(samples, step)).toFixed(1)} s`;
  return {
    scenario: 'many',
    title: `${count.toLocaleString('en')} files of 220 bytes in one folder`,
    results,
    verdicts: [],
    missing: [],
    notes: [
      `Of a drill: extracting ${seconds('extract')}, comparing ${seconds('compare')}, removing ${seconds('remove')}.`,
    ],
  };
};
