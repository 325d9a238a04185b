import { describe, expect, it } from '@jest/globals';
import type { BackupEvent } from '../backup/events.js';
import { aBackupEvent } from '../testing/events.js';
import type { KeptBackup, PlannedBackup, RetentionContext } from './kept-backup.js';
import { planRetention } from './plan.js';
import type { RetentionPolicy } from './policy.js';
import { aContext, archivedOnly, daily, deleting, done, kept, type KeptOptions } from './testing/kept.js';

const now = '2026-06-15T05:00:00.000Z';
const newest = kept('2026-06-15T01:00:00.000Z');
/** As `deleting`, but nothing deletes an archive. */
const protecting = deleting({ autoCleanupArchive: false });

/** What becomes of a backup beside a good one of today, and two in the archive. */
function verdictOn(
  backup: KeptBackup,
  policy: RetentionPolicy = deleting(),
  context: RetentionContext = aContext(now),
): PlannedBackup {
  const beside = [newest, archivedOnly('2026-05-10T01:00:00.000Z'), archivedOnly('2025-11-10T01:00:00.000Z')];
  const found = planRetention([backup, ...beside], policy, context)[0];
  if (!found) throw new Error('nothing was planned');
  return found;
}
const kinds = ({ acts }: PlannedBackup): string =>
  acts.map((act) => ('storage' in act ? `${act.kind} ${act.storage}` : act.kind)).join(', ');
const row = (planned: PlannedBackup): string[] => [planned.decision, planned.rule, kinds(planned)];

const old = '2026-03-01T02:00:00.000Z';
const hold = { holdId: '7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11', by: 'henk', reason: 'Audit' };
const then = (...events: BackupEvent[]): KeptOptions => ({ then: events });
const aHold = { id: hold.holdId, by: 'henk', reason: 'Audit', placedAt: old };

describe('what becomes of a backup', () => {
  it.each<[string, KeptBackup, RetentionPolicy, string[]]>([
    ['in its hot days', kept('2026-06-01T01:00:00.000Z'), deleting(), ['keep', 'hot-days', '']],
    ['past them', kept(old), deleting(), ['archive', 'hot-days', 'move hetzner, delete-hot local']],
    [
      'past them, where no hot days are set',
      kept(old),
      deletingFrom({ hotDays: undefined }),
      ['keep', 'hot-for-ever', ''],
    ],
    [
      'past them, without an offsite copy',
      kept(old, { offsite: 'never-came' }),
      deleting(),
      ['keep', 'no-offsite-copy', ''],
    ],
    [
      'past them, not verified offsite',
      kept(old, { offsite: 'present' }),
      deleting(),
      ['keep', 'copy-not-verified', ''],
    ],
    ['past them, damaged offsite', kept(old, { offsite: 'failed' }), deleting(), ['keep', 'copy-not-verified', '']],
    [
      'past them, damaged here',
      kept(old, { local: 'failed' }),
      deleting(),
      ['archive', 'hot-days', 'move hetzner, delete-hot local'],
    ],
    ['without any copy', kept(old, { local: 'none', offsite: 'none' }), deleting(), ['keep', 'no-copies', '']],
    ['dated in two hours', kept('2026-06-15T07:00:00.000Z'), deleting(), ['keep', 'dated-in-future', '']],
    [
      'on hold, past its hot days',
      kept(old, then(aBackupEvent('HoldPlaced', { at: old, ...hold }))),
      deleting(),
      ['keep', 'hold', 'move hetzner'],
    ],
    ['in the archive, within its years', archivedOnly(old), deleting(), ['keep', 'archive-years', '']],
    [
      'in the archive, where no years are set',
      archivedOnly('2001-01-01T01:00:00.000Z'),
      deletingFrom({ archiveYears: undefined }),
      ['keep', 'archive-for-ever', ''],
    ],
    [
      'in the archive, past its years',
      archivedOnly('2025-06-15T01:00:00.000Z'),
      deleting(),
      ['delete', 'archive-years', 'propose'],
    ],
    [
      'in the archive, a day before that',
      archivedOnly('2025-06-16T01:00:00.000Z'),
      deleting(),
      ['keep', 'archive-years', ''],
    ],
    [
      'past its years, protected',
      archivedOnly('2001-01-01T01:00:00.000Z'),
      protecting,
      ['keep', 'archive-protected', ''],
    ],
    [
      'past its years, which the law wants kept',
      archivedOnly('2001-01-01T01:00:00.000Z'),
      deleting({ complianceRequired: true }),
      ['keep', 'compliance', ''],
    ],
    [
      'past its years, which the law wanted kept when it was made',
      archivedOnly('2001-01-01T01:00:00.000Z', { complianceRequired: true }),
      deleting(),
      ['keep', 'compliance', ''],
    ],
    [
      'of release 0.1, protected then',
      archivedOnly('2001-01-01T01:00:00.000Z', { complianceRequired: undefined, canAutoDelete: false }),
      deleting(),
      ['keep', 'archive-protected', ''],
    ],
    [
      'past its hot days, not selected',
      kept(old),
      deleting({ keep: { last: 1 } }),
      ['delete', 'not-selected', 'delete local, delete hetzner'],
    ],
    [
      'past its hot days, selected',
      kept(old),
      deleting({ keep: { monthly: 12 } }),
      ['archive', 'keep-monthly', 'move hetzner, delete-hot local'],
    ],
    [
      'past its hot days, not selected, protected',
      kept(old),
      { ...protecting, keep: { last: 1 } },
      ['archive', 'archive-protected', 'move hetzner, delete-hot local'],
    ],
    [
      'in the archive, no longer selected',
      archivedOnly(old),
      deleting({ keep: { last: 1 } }),
      ['delete', 'not-selected', 'propose'],
    ],
    [
      'in the archive, damaged and not selected',
      archivedOnly(old, { offsite: 'failed' }),
      deleting({ keep: { last: 1 } }),
      ['keep', 'copy-not-verified', ''],
    ],
    [
      'for safety, within its days',
      kept('2026-05-16T01:00:00.000Z', { trigger: 'safety' }),
      deleting({ hotDays: 5 }),
      ['keep', 'safety-backup', ''],
    ],
    [
      'for safety, past them',
      kept('2026-05-15T01:00:00.000Z', { trigger: 'safety' }),
      deleting(),
      ['delete', 'safety-backup', 'delete local, delete hetzner'],
    ],
    [
      'for safety, past them, protected',
      kept('2026-05-15T01:00:00.000Z', { trigger: 'safety' }),
      protecting,
      ['archive', 'hot-days', 'move hetzner, delete-hot local'],
    ],
  ])('%s', (_what, backup, policy, expected) => {
    expect(row(verdictOn(backup, policy))).toEqual(expected);
  });

  it('keeps what a restore or drill uses, and a safety backup for its days after the restore was settled', () => {
    const backup = kept(old);
    const context = aContext(now, { inUse: new Map([[backup.id, 'restore-7']]) });
    expect(verdictOn(backup, deleting(), context)).toMatchObject({ rule: 'in-use', acts: [] });
    const safety = kept(old, { trigger: 'safety' });
    const settled = (at: string) => aContext(now, { settledAt: new Map([[safety.id, at]]) });
    expect(verdictOn(safety, deleting(), settled('2026-05-20T10:00:00.000Z'))).toMatchObject({
      rule: 'safety-backup',
      until: '2026-06-19T22:00:00.000Z',
    });
    expect(verdictOn(safety, deleting(), settled('2026-05-10T10:00:00.000Z')).decision).toBe('delete');
  });

  it('keeps everything of a project on hold, until that ends', () => {
    const past = archivedOnly('2024-01-01T01:00:00.000Z');
    const holds = (until: string) => aContext(now, { projectHolds: [{ ...aHold, until }] });
    expect(row(verdictOn(past, deleting(), holds('2026-07-01T00:00:00.000Z')))).toEqual(['keep', 'hold', '']);
    expect(row(verdictOn(past, deleting(), holds('2026-06-01T00:00:00.000Z')))).toEqual([
      'delete',
      'archive-years',
      'propose',
    ]);
  });

  it('deletes an archive only once its proposal has cooled off, and not by a proposal of another time', () => {
    const proposed = (at: string, notBefore: string) =>
      archivedOnly('2025-06-01T01:00:00.000Z', then(aBackupEvent('DeletionProposed', { at, notBefore })));
    const at = '2026-06-01T05:00:00.000Z';
    const cooling = verdictOn(proposed(at, '2026-06-15T05:00:00.000Z'));
    expect(cooling).toMatchObject({ rule: 'cooling-off', until: '2026-06-15T05:00:00.000Z', acts: [] });
    expect(row(verdictOn(proposed(at, '2026-06-15T04:59:00.000Z')))).toEqual([
      'delete',
      'archive-years',
      'delete hetzner',
    ]);
    // Proposed by a shorter policy: the time to cancel it was spent when nobody expected it.
    const before = proposed('2026-01-01T05:00:00.000Z', '2026-01-15T05:00:00.000Z');
    expect(row(verdictOn(before))).toEqual(['delete', 'archive-years', 'propose']);
    expect(row(verdictOn(before, deleting({ archiveYears: 7 })))).toEqual(['keep', 'archive-years', '']);
  });

  it('names figures and dates', () => {
    expect(verdictOn(kept('2026-06-01T01:00:00.000Z'))).toMatchObject({
      reason: 'It is of 2026-06-01, within 30 days in hot storage; they end with 2026-06-30.',
      until: '2026-06-30T22:00:00.000Z',
      next: 'archive',
    });
    expect(verdictOn(archivedOnly(old)).until).toBe('2027-02-28T23:00:00.000Z');
  });

  it('goes on with a deletion that was begun', () => {
    const begun = aBackupEvent('DeletionStarted', { at: now, path: kept(old).state.archived!.archive.path });
    expect(row(verdictOn(kept(old, then(begun))))).toEqual(['archive', 'hot-days', 'move hetzner, delete-hot local']);
    const wanted = verdictOn(kept('2026-06-10T01:00:00.000Z', { then: [] }));
    expect(wanted.acts).toEqual([]);
    const alone = kept(old, { offsite: 'never-came', then: [begun] });
    expect(row(verdictOn(alone))).toEqual(['delete', 'deletion-begun', 'delete local']);
  });
});

function deletingFrom(without: { hotDays?: undefined; archiveYears?: undefined }): RetentionPolicy {
  const { hotDays, archiveYears, ...rest } = deleting();
  return {
    ...rest,
    ...(!('hotDays' in without) && hotDays !== undefined && { hotDays }),
    ...(!('archiveYears' in without) && archiveYears !== undefined && { archiveYears }),
  };
}

describe('the last verified backup', () => {
  it('stays in hot storage however old it is, when backups have stopped', () => {
    const planned = planRetention(
      daily('2026-01-10T02:00:00.000Z', 5).map((date) => kept(date)),
      deleting(),
      aContext(now),
    );
    expect(planned.map(({ rule }) => rule)).toEqual(['hot-days', 'hot-days', 'hot-days', 'hot-days', 'last-verified']);
  });

  it('is not pushed out by newer ones that are partial, failed, for safety, or of the future', () => {
    const good = kept('2026-01-10T02:00:00.000Z');
    for (const newer of [
      kept('2026-06-14T01:00:00.000Z', { offsite: 'never-came' }),
      kept('2026-06-14T01:00:00.000Z', { lacking: true }),
      kept('2026-06-14T01:00:00.000Z', { local: 'failed', offsite: 'failed' }),
      kept('2026-06-14T01:00:00.000Z', { trigger: 'safety' }),
      kept('2027-06-14T01:00:00.000Z'),
    ]) {
      expect(planRetention([good, newer], deleting(), aContext(now))[0]).toMatchObject({
        rule: 'last-verified',
        acts: [],
      });
    }
  });

  it('of the archive is never proposed, nor deleted', () => {
    const archives = ['2020-01-01T02:00:00.000Z', '2020-02-01T02:00:00.000Z'].map((date) =>
      archivedOnly(
        date,
        then(
          aBackupEvent('DeletionProposed', { at: '2026-01-01T00:00:00.000Z', notBefore: '2026-01-15T00:00:00.000Z' }),
        ),
      ),
    );
    expect(planRetention([...archives, newest], deleting(), aContext(now)).map(row)).toEqual([
      ['delete', 'archive-years', 'delete hetzner'],
      ['keep', 'last-verified', ''],
      ['keep', 'hot-days', ''],
    ]);
  });
});

describe('hot days and years are counted by the calendar of the place', () => {
  it('of 45 daily backups 30 stay, and 15 go, in every season', () => {
    for (const last of ['2025-11-21T02:00:00.000Z', '2026-04-10T01:00:00.000Z', '2024-03-05T02:00:00.000Z']) {
      const at = new Date(Date.parse(last) + 4 * 3_600_000).toISOString();
      const planned = planRetention(
        daily(last, 45).map((date) => kept(date)),
        deleting(),
        aContext(at),
      );
      const going = planned.filter(({ decision }) => decision === 'archive');
      expect([planned.length - going.length, going.length]).toEqual([30, 15]);
    }
  });

  it.each([
    ['belastingdienst', '2019-01-01T02:00:00.000Z', 7, '2026-12-31T23:00:00.000Z'],
    ['belastingdienst', '2018-12-31T23:30:00.000Z', 7, '2026-12-31T23:00:00.000Z'],
    ['belastingdienst', '2018-12-31T22:30:00.000Z', 7, '2025-12-31T23:00:00.000Z'],
    ['gdpr', '2018-03-25T01:00:00.000Z', 8, '2026-03-24T23:00:00.000Z'],
    ['gdpr', '2024-02-29T02:00:00.000Z', 3, '2027-02-28T23:00:00.000Z'],
    ['gdpr', '2024-02-29T02:00:00.000Z', 4, '2028-02-28T23:00:00.000Z'],
    ['gdpr', '2024-10-27T00:30:00.000Z', 3, '2027-10-26T22:00:00.000Z'],
  ])('%s: one of %s is kept %i years, until %s', (complianceType, date, years, until) => {
    const policy = deleting({ archiveYears: years, complianceType });
    const moment = aContext(new Date(Date.parse(until) - 1).toISOString());
    expect(verdictOn(archivedOnly(date), policy, moment)).toMatchObject({ decision: 'keep', until });
    expect(verdictOn(archivedOnly(date), policy, aContext(until)).acts).toMatchObject([{ kind: 'propose' }]);
  });
});

describe('keep', () => {
  it('selects the newest of each of the last days, weeks, months and years', () => {
    const backups = daily('2026-06-15T01:00:00.000Z', 800).map((date) => kept(date));
    const policy = deleting({ hotDays: 10, archiveYears: 10, keep: { last: 12, weekly: 4, monthly: 3, yearly: 2 } });
    const stays = planRetention(backups, policy, aContext(now)).filter(({ decision }) => decision !== 'delete');
    expect(stays.map(({ backup, rule }) => `${backup.date.slice(0, 10)} ${rule}`).slice(0, 7)).toEqual([
      '2025-12-31 keep-yearly',
      '2026-04-30 keep-monthly',
      '2026-05-31 keep-weekly',
      '2026-06-04 keep-last',
      '2026-06-05 keep-last',
      '2026-06-06 hot-days',
      '2026-06-07 hot-days',
    ]);
  });

  it.each([{ local: 'failed' }, { lacking: true }] as const)(
    'selects a whole one beside a newer partial one: %j',
    (newer) => {
      const backups = [
        kept('2026-03-30T01:00:00.000Z'),
        kept('2026-03-31T01:00:00.000Z', newer),
        archivedOnly('2026-04-30T01:00:00.000Z'),
        newest,
      ];
      const policy = deleting({ keep: { monthly: 4 } });
      expect(
        planRetention(backups, policy, aContext(now))
          .map(({ rule }) => rule)
          .slice(0, 2),
      ).toEqual(['keep-monthly', 'keep-monthly']);
    },
  );

  it('is stable: what was selected goes only when its periods end', () => {
    let backups: KeptBackup[] = [];
    const policy = deleting({ hotDays: 3, archiveYears: 10, keep: { monthly: 3 } });
    const proposals: string[] = [];
    for (const date of daily('2026-06-15T01:00:00.000Z', 200)) {
      const at = new Date(Date.parse(date) + 3_600_000).toISOString();
      const planned = planRetention([...backups, kept(date)], policy, aContext(at));
      for (const { backup, acts } of planned) {
        if (acts.some(({ kind }) => kind === 'propose'))
          proposals.push(`${at.slice(0, 7)}: ${backup.date.slice(0, 10)}`);
      }
      backups = done(planned, at);
    }
    expect(proposals).toEqual(
      [
        '2026-02: 2025-11-30',
        '2026-03: 2025-12-31',
        '2026-04: 2026-01-31',
        '2026-05: 2026-02-28',
        '2026-06: 2026-03-31',
      ].filter((one) => one > '2026-02'),
    );
  });
});
