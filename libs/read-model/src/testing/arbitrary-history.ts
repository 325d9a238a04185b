import fc from 'fast-check';
import type { HavunEvent, RestoreTarget, StreamId } from '@havun/domain';
import { aBackupEvent, aDrillEvent, aRestoreEvent } from '@havun/domain/testing';
import { aReservation, aRun, backupStream, drillStream, Log, restoreStream, type Ending } from './history.js';
import { keepingEvents } from './keeping-events.js';
import { aDrill, aRestore, type DrillEnding, type RestoreEnding } from './restores-and-drills.js';

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

/** What comes after the end, as numbers of events in {@link keepingEvents}. */
const afterwards = fc.array(fc.nat(), { maxLength: 10 });

const backups = fc.array(fc.tuple(fc.constantFrom(...endings), storages, afterwards), { minLength: 1, maxLength: 8 });
const restores = fc.array(
  fc.tuple(
    fc.constantFrom<RestoreEnding>('completed', 'failed', 'undone', 'confirmed', 'running'),
    fc.constantFrom<RestoreTarget>({ kind: 'production' }, { kind: 'test' }, { kind: 'folder', path: '/srv/look' }),
  ),
  { maxLength: 3 },
);
const drills = fc.array(fc.constantFrom<DrillEnding>('passed', 'failed', 'running'), {
  maxLength: 3,
});

interface Queue {
  readonly stream: StreamId;
  readonly events: HavunEvent[];
  /** An event that comes again, out of place, also after the end: it must not change anything twice. */
  readonly late: HavunEvent;
}

/** For a copy at the path that {@link aBackupEvent} gives, which is that of a backup that was found. */
const seenAgain = ['local', 'hetzner'].flatMap((storage) => [
  aBackupEvent('VerificationFailed', { storage }),
  aBackupEvent('Verified', { storage }),
]);

/** What comes at any time of a run, or of what became of it. */
const amid: Readonly<Partial<Record<StreamId['category'], readonly HavunEvent[]>>> = {
  backup: [
    aBackupEvent('BackupRetryRequested'),
    aBackupEvent('CopyHeldUp'),
    aBackupEvent('CopyHeldUp', { storage: 'local', step: 'verify', code: 'ACCESS_DENIED' }),
    aBackupEvent('BackupCancelRequested'),
  ],
  restore: [
    aRestoreEvent('SwitchHeldUp'),
    aRestoreEvent('SwitchHeldUp', { step: 'complete', code: 'DATABASE_UNREACHABLE' }),
  ],
};

/** What a project's names are kept in order by. */
const names = (head: number): readonly HavunEvent[] => [
  aReservation(`name-${head}`),
  { type: 'RestoreNameReserved', at, data: { name: `restore-name-${head}`, restoreId: someId } },
  { type: 'NamePeriodsListed', at, data: { periods: ['2025-11'] } },
  { type: 'EarlierNamesSummed', at, data: { lastEventId: someId, backups: { oldest: 'name-1', newest: 'name-2' } } },
];
const [at, someId] = ['2025-11-21T02:00:00.000Z', '4f3c2b1a-0000-4000-8000-000000000001'];

const oneOf = (events: readonly HavunEvent[], number: number): HavunEvent => events[number % events.length]!;

/** Several runs at once, with their events interleaved, other streams' events and gaps between them, and events out of place. */
export const anyHistory: fc.Arbitrary<Log> = fc
  .record({
    backups,
    restores,
    drills,
    picks: fc.array(fc.record({ run: fc.nat(), gap: fc.integer({ min: 1, max: 3 }), noise: fc.nat(9) }), {
      minLength: 1,
      maxLength: 160,
    }),
  })
  .map(({ picks, ...runs }) => {
    const log = new Log();
    const queues = queuesOf(runs);
    for (const { run, gap, noise } of picks) {
      const { stream, events, late } = queues[run % queues.length]!;
      const event = events.shift();
      if (event) log.append(stream, event, gap);
      if (noise === 0) {
        log.append({ host: 'local', category: 'project', id: 'p' }, oneOf(names(log.head), log.head), gap);
      }
      if (noise === 1) log.append(stream, late);
      const between = amid[stream.category];
      if (noise >= 8 && between) log.append(stream, oneOf(between, log.head), gap);
      if (noise === 3 && stream.category === 'backup') log.append(stream, seenAgain[log.head % seenAgain.length]!, gap);
      if (noise === 2 && stream.category === 'backup') log.append(stream, aBackupEvent('BackupCatalogued'), gap);
    }
    return log;
  });

interface Runs {
  readonly backups: readonly [Ending, string[], number[]][];
  readonly restores: readonly [RestoreEnding, RestoreTarget][];
  readonly drills: readonly DrillEnding[];
}

function queuesOf(runs: Runs): Queue[] {
  return [
    ...runs.backups.map(([ending, copies, after], i) => {
      const run = aRun(i, `project-${i % 3}`, ending, copies);
      const keeping = keepingEvents(run);
      return {
        stream: backupStream(`run-${i}`),
        events: [...run, ...after.map((each) => keeping[each % keeping.length]!)],
        late: aBackupEvent('UploadFailed'),
      };
    }),
    ...runs.restores.map(([ending, target], i) => ({
      stream: restoreStream(`restore-${i}`),
      events: aRestore(i, `project-${i % 3}`, ending, target),
      late: aRestoreEvent('RestoreFailed'),
    })),
    ...runs.drills.map((ending, i) => ({
      stream: drillStream(`drill-${i}`),
      events: aDrill(i, `project-${i % 3}`, ending),
      late: aDrillEvent('DrillPassed'),
    })),
  ];
}

/** The same list in consecutive batches; some events at the end of a batch come again at the start of the next. */
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
