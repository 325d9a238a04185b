import fc from 'fast-check';
import type { BackupEvent } from '../../backup/events.js';
import { archivePath, backupName, hotArchivePath } from '../../naming.js';
import { aBackupEvent } from '../../testing/events.js';
import type { KeptBackup, RetentionContext } from '../kept-backup.js';
import type { RetentionPolicy } from '../policy.js';
import { aContext, kept, project, timezone, type CopyKind, type KeptOptions } from './kept.js';

const dayMs = 86_400_000;
/** About when the histories end. A leap day and two changes of the clock are within a year of it. */
export const base = Date.parse('2024-04-20T05:00:00.000Z');
const hold = { holdId: '7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11', by: 'henk', reason: 'Audit' };

const extra = fc.constantFrom('none', 'none', 'none', 'hold', 'proposed', 'begun');
const often = <T>(usual: T, ...others: T[]) => fc.constantFrom(usual, usual, usual, usual, ...others);

const arbitraryBackup: fc.Arbitrary<KeptBackup> = fc
  .record({
    age: fc.oneof(fc.integer({ min: -1, max: 90 }), fc.integer({ min: 91, max: 1200 })),
    minutes: fc.integer({ min: 0, max: 1439 }),
    local: often<CopyKind>('verified', 'none', 'failed', 'present'),
    offsite: often<CopyKind>('verified', 'archived', 'archived', 'failed', 'present', 'never-came', 'none'),
    trigger: often<NonNullable<KeptOptions['trigger']>>('schedule', 'manual', 'safety'),
    complianceRequired: often<boolean | undefined>(false, true, undefined),
    canAutoDelete: often(true, false),
    extra,
  })
  .map(({ age, minutes, extra: what, ...options }) => {
    const date = new Date(base - age * dayMs + minutes * 60_000).toISOString();
    return kept(date, { ...options, then: eventsFor(what, date, options.offsite) });
  });

function eventsFor(what: string, date: string, offsite: string): BackupEvent[] {
  const at = new Date(Date.parse(date) + dayMs).toISOString();
  switch (what) {
    case 'hold':
      return [aBackupEvent('HoldPlaced', { at, ...hold })];
    case 'proposed':
      return [aBackupEvent('DeletionProposed', { at, notBefore: new Date(Date.parse(at) + 14 * dayMs).toISOString() })];
    case 'begun': {
      const name = backupName(project, new Date(date), timezone);
      return offsite === 'archived'
        ? [
            aBackupEvent('DeletionStarted', {
              at,
              storage: 'hetzner',
              tier: 'archive',
              path: archivePath(project, name),
            }),
          ]
        : [aBackupEvent('DeletionStarted', { at, path: hotArchivePath(project, name) })];
    }
    default:
      return [];
  }
}

/** Of one project, in any order. */
export const arbitraryBackups: fc.Arbitrary<KeptBackup[]> = fc.uniqueArray(arbitraryBackup, {
  selector: ({ id }) => id,
  maxLength: 14,
});

const count = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
const keep = fc.record({ last: count, daily: count, weekly: count, monthly: count, yearly: count }).map(present);

/** Any setting may be missing. */
export const arbitraryPolicy: fc.Arbitrary<RetentionPolicy> = fc
  .record({
    hotDays: fc.option(fc.integer({ min: 1, max: 90 }), { nil: undefined, freq: 6 }),
    archiveYears: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 6 }),
    autoCleanupArchive: often(true, false),
    complianceRequired: often(false, true),
    complianceType: fc.option(fc.constantFrom('belastingdienst', 'gdpr'), { nil: undefined }),
    safetyBackupDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 6 }),
    keep: fc.option(keep, { nil: undefined, freq: 1 }),
  })
  .map(({ autoCleanupArchive, complianceRequired, ...rest }) => ({
    autoCleanupArchive,
    complianceRequired,
    ...present(rest),
  }));

/** A moment around the end of the histories; the clock may have jumped by years. */
export const arbitraryNow: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 500 * 24 }).map((hours) => base + hours * 3_600_000) },
  { weight: 1, arbitrary: fc.integer({ min: -20, max: 20 }).map((years) => base + years * 365 * dayMs) },
);

export const arbitraryContext = (backups: readonly KeptBackup[]): fc.Arbitrary<RetentionContext> => {
  const ids = fc.subarray(backups.map(({ id }) => id));
  return fc
    .record({
      now: arbitraryNow,
      used: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: ids }),
      settled: ids,
      isHeld: often(false, true),
      coolingOffDays: fc.constantFrom(0, 14),
    })
    .map(({ now, used, settled, isHeld, coolingOffDays }) =>
      aContext(new Date(now).toISOString(), {
        coolingOffDays,
        inUse: new Map(used.map((id) => [id, 'restore-7'])),
        settledAt: new Map(settled.map((id) => [id, new Date(base).toISOString()])),
        projectHolds: isHeld
          ? [{ id: hold.holdId, by: 'henk', reason: 'Audit', placedAt: '2024-01-01T00:00:00.000Z' }]
          : [],
      }),
    );
};

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the settings that are undefined: they are missing. */
function present<T extends object>(settings: T): Present<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Present<T>;
}

/** The policy with some of its settings longer, or gone: it says «for ever» then. */
export const longer = (policy: RetentionPolicy): fc.Arbitrary<RetentionPolicy> =>
  fc
    .record({
      hot: fc.constantFrom(0, 0, 1, 20, Infinity),
      years: fc.constantFrom(0, 0, 1, Infinity),
      safety: fc.constantFrom(0, 0, 5, 40),
      counts: fc.constantFrom(0, 0, 1, 3),
      isShielded: often(false, true),
      isCompliance: often(false, true),
      isTax: fc.boolean(),
      isWithoutKeep: often(false, true),
    })
    .map((by) => {
      const { hotDays, archiveYears, safetyBackupDays, keep: counts, complianceType, ...rest } = policy;
      const type = by.isTax ? 'belastingdienst' : complianceType;
      const more = (was: number | undefined, add: number): number | undefined =>
        was === undefined || add === Infinity ? undefined : was + add;
      return {
        ...present({
          hotDays: more(hotDays, by.hot),
          archiveYears: more(archiveYears, by.years),
          safetyBackupDays: more(safetyBackupDays, by.safety),
          complianceType: type,
          keep:
            counts && !by.isWithoutKeep
              ? {
                  ...counts,
                  monthly: (counts.monthly ?? 0) + by.counts || undefined,
                  last: (counts.last ?? 0) + by.counts || undefined,
                }
              : undefined,
        }),
        autoCleanupArchive: rest.autoCleanupArchive && !by.isShielded,
        complianceRequired: rest.complianceRequired || by.isCompliance,
      };
    });
