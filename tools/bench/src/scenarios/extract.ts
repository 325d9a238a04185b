import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mixedSet, provide, warm } from '../data/data-set.js';
import type { Contender } from '../measure/rounds.js';
import { runMeasured } from '../measure/run-measured.js';
import type { Sample } from '../measure/sample.js';
import { password, sevenZipUnpack } from '../peers/archivers.js';
import { ours, runDriver } from '../peers/ours.js';
import { sevenZip } from '../peers/programs.js';
import { speedVerdict } from '../report/verdict.js';
import { inTurns, inWorkFolder, missingOf, named, type Bench, type Scenario } from './bench.js';

/** Both extract the same archive, made by us, into a new folder. */
export const extract: Scenario = async (bench) => {
  const folder = await provide(bench.cache, 'mixed', mixedSet(bench.cache));
  const results = await inWorkFolder(bench, async (work) => {
    const archives = join(work, 'archives');
    await mkdir(archives);
    const archive = join(archives, 'mixed.zip');
    await runDriver('archive', { folder, archive, password });
    await warm(archives);
    return inTurns(bench, contenders(bench, archive, join(work, 'extracted')));
  });
  const [own, peer] = [named(results, ours)!, named(results, sevenZip.name)];
  return {
    scenario: 'extract',
    title: 'the archive of the mixed set, into a new folder',
    results,
    verdicts: [speedVerdict('extract and verify, speed against 7z x', own, peer, 1)],
    missing: missingOf(bench, [sevenZip]),
    notes: ['Ours also compares the SHA-256 of every entry with the manifest.'],
  };
};

function contenders({ peers }: Bench, archive: string, to: string): Contender[] {
  const into = async (read: () => Promise<Sample>): Promise<Sample> => {
    try {
      return await read();
    } finally {
      await rm(to, { recursive: true, force: true });
    }
  };
  const installed = peers.get(sevenZip);
  return [
    { name: ours, run: () => into(() => runDriver('extract', { archive, password, to })) },
    ...(installed
      ? [{ name: sevenZip.name, run: () => into(() => runMeasured(sevenZipUnpack(installed.program, archive, to))) }]
      : []),
  ];
}
