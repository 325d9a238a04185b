import fc from 'fast-check';
import { expect } from '@jest/globals';
import { aPolicy } from '../../testing/events.js';
import type { KeptBackup, RetentionContext } from '../kept-backup.js';
import { localCalendar } from '../local-calendar.js';
import { planRetention } from '../plan.js';
import type { RetentionPolicy } from '../policy.js';
import { see } from '../seen.js';
import { simulate, type Simulation } from '../simulate.js';
import { backupsToCome, type SimulatedProject } from '../simulated-history.js';
import { arbitraryBackups, arbitraryPolicy, base } from './arbitrary.js';
import { aContext, done, kept, project, timezone } from './kept.js';

const dayMs = 86_400_000;
const calendar = localCalendar(timezone);
/** What is recorded with the backups that {@link kept} makes. */
export const backupPolicy = aPolicy({ complianceRequired: false, canAutoDelete: true });

type Held = Pick<RetentionContext, 'projectHolds'>;
interface Outcome {
  readonly left: string[];
  readonly counts: Record<'moved' | 'hotCopiesDeleted' | 'proposed' | 'deleted', number>;
  readonly stored: string[];
}

/** The same as the simulation, the long way: every backup is planned every day, and every act goes through the aggregate. */
function dayByDay(of: SimulatedProject, policy: RetentionPolicy, now: string, days: number, held: Held): Outcome {
  const until = Date.parse(now) + days * dayMs;
  const toCome = [...backupsToCome(of, Date.parse(now), until)].map(({ instant, size }) =>
    kept(new Date(instant).toISOString(), { size }),
  );
  let backups: KeptBackup[] = [...of.backups];
  const counts = { moved: 0, hotCopiesDeleted: 0, proposed: 0, deleted: 0 };
  for (let day = calendar.dayOf(Date.parse(now)); day <= calendar.dayOf(until - 1); day++) {
    const cleanup = calendar.instantOf(day, 420);
    while (toCome[0] && Date.parse(toCome[0].date) < cleanup) backups.push(...toCome.splice(0, 1));
    if (cleanup < Date.parse(now) || cleanup >= until) continue;
    const at = new Date(cleanup).toISOString();
    const planned = planRetention(backups, policy, aContext(at, held));
    const kinds = planned.flatMap(({ acts }) => acts.map(({ kind }) => kind));
    counts.moved += kinds.filter((kind) => kind === 'move').length;
    counts.hotCopiesDeleted += kinds.filter((kind) => kind === 'delete-hot').length;
    counts.proposed += kinds.filter((kind) => kind === 'propose').length;
    const before = backups.filter(hasCopies).length;
    backups = done(planned, at);
    counts.deleted += before - backups.filter(hasCopies).length;
  }
  const left = [...backups, ...toCome].filter(hasCopies);
  return { left: left.map(({ name }) => name).sort(), counts, stored: stored(left) };
}

const copiesOf = (backup: KeptBackup) => see(backup, calendar, base).copies;
const hasCopies = (backup: KeptBackup): boolean => copiesOf(backup).length > 0;

function stored(backups: readonly KeptBackup[]): string[] {
  const sums = new Map<string, number>();
  for (const backup of backups) {
    for (const { tier, storage } of copiesOf(backup)) {
      const key = `${storage} ${tier}`;
      sums.set(key, (sums.get(key) ?? 0) + (backup.state.archived?.archive.size ?? 0));
    }
  }
  return [...sums]
    .filter(([, bytes]) => bytes > 0)
    .map(([key, bytes]) => `${key} ${bytes}`)
    .sort();
}

function outcomeOf({ left, months }: Simulation): Outcome {
  const sum = (count: keyof Outcome['counts']): number => months.reduce((all, month) => all + month[count], 0);
  return {
    left: [...left].sort(),
    counts: {
      moved: sum('moved'),
      hotCopiesDeleted: sum('hotCopiesDeleted'),
      proposed: sum('proposed'),
      deleted: sum('deleted'),
    },
    stored: (months.at(-1)?.stored ?? []).map(({ storage, tier, bytes }) => `${storage} ${tier} ${bytes}`).sort(),
  };
}

const projectHold = { id: '7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c12', by: 'henk', reason: 'Audit' };
const heldUntil = (until: string | undefined): Held => ({
  projectHolds: [{ ...projectHold, placedAt: '2024-01-01T00:00:00.000Z', until }],
});

/** The simulation ends with the same backups, bytes and counts as a plan of every backup on every day. */
export function assertSameAsDayByDay(numRuns: number): void {
  const cases = fc.record({
    backups: arbitraryBackups,
    policy: arbitraryPolicy,
    days: fc.integer({ min: 1, max: 120 }),
    held: fc.constantFrom<Held[]>(
      ...[{ projectHolds: [] }, { projectHolds: [] }, { projectHolds: [] }],
      ...[heldUntil(undefined), heldUntil('2024-06-01T12:00:00.000Z')],
    ),
  });
  fc.assert(
    fc.property(cases, ({ backups, policy, days, held }) => {
      const past = backups.filter(({ date }) => Date.parse(date) <= base);
      const of = { project, backups: past, schedule: { cron: '0 3 * * 2,5', timezone }, backupPolicy };
      const now = new Date(base - 3_600_000).toISOString();
      const until = new Date(Date.parse(now) + days * dayMs).toISOString();
      const simulation = simulate(of, policy, { ...aContext(now, held), until });
      expect(outcomeOf(simulation)).toEqual(dayByDay(of, policy, now, days, held));
    }),
    { numRuns },
  );
}
