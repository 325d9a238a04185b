import fc from 'fast-check';
import { aBackupEvent } from '@havun/domain/testing';
import { aReservation, aRun, backupStream, Log, type Ending } from './history.js';

const endings: readonly Ending[] = [
  'success',
  'partial',
  'nothing-verified',
  'no-archive',
  'distributing',
  'archiving',
  'requested',
];

const storages = fc.constantFrom<string[]>(
  ['local', 'hetzner'],
  ['local'],
  ['local', 'zolder', 'hetzner'],
  ['hetzner'],
);

/** Several backups at once, their events mixed, with other streams' events and gaps between them, and events out of place. */
export const anyHistory: fc.Arbitrary<Log> = fc
  .record({
    runs: fc.array(fc.tuple(fc.constantFrom(...endings), storages), { minLength: 1, maxLength: 8 }),
    picks: fc.array(fc.record({ run: fc.nat(), gap: fc.integer({ min: 1, max: 3 }), noise: fc.nat(9) }), {
      minLength: 1,
      maxLength: 90,
    }),
  })
  .map(({ runs, picks }) => {
    const log = new Log();
    const queues = runs.map(([ending, copies], i) => aRun(i, `project-${i % 3}`, ending, copies));
    for (const { run, gap, noise } of picks) {
      const number = run % queues.length;
      const event = queues[number]?.shift();
      if (event) log.append(backupStream(`run-${number}`), event, gap);
      if (noise === 0)
        log.append({ host: 'local', category: 'project', id: 'p' }, aReservation(`name-${log.head}`), gap);
      // A settled copy that is told of again, also after the end: it must change nothing twice.
      if (noise === 1) log.append(backupStream(`run-${number}`), aBackupEvent('UploadFailed'));
      if (noise === 2) log.append(backupStream(`run-${number}`), aBackupEvent('BackupCatalogued'), gap);
    }
    return log;
  });

/** The same list in consecutive pieces; some of what a piece ends with comes again at the start of the next. */
export const anySplit: fc.Arbitrary<readonly { size: number; again: number }[]> = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 25 }), again: fc.nat(3) }),
  { minLength: 1, maxLength: 30 },
);

export function split<Item>(items: readonly Item[], pieces: readonly { size: number; again: number }[]): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0, i = 0; start < items.length; i += 1) {
    const { size, again } = pieces[i % pieces.length]!;
    batches.push(items.slice(Math.max(0, start - again), start + size));
    start += size;
  }
  return batches;
}
