import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backupDecider } from '../../backup/decider.js';
import type { EndedBackup } from '../../backup/state.js';
import { placeOfPath, type Tier } from '../../naming.js';
import { policyDifferences, wouldDeleteMore } from '../difference.js';
import { isInForce } from '../hold.js';
import type { KeptBackup, PlannedBackup, RetentionAct, RetentionContext, RetentionRule } from '../kept-backup.js';
import { planRetention } from '../plan.js';
import type { RetentionPolicy } from '../policy.js';
import { arbitraryBackups, arbitraryContext, arbitraryPolicy, base, longer } from './arbitrary.js';
import { aContext, done } from './kept.js';

const cases = arbitraryBackups.chain((backups) =>
  fc.record({ backups: fc.constant(backups), policy: arbitraryPolicy, context: arbitraryContext(backups) }),
);

const summary = ({ backup, rule, acts }: PlannedBackup): string =>
  `${backup.name} ${rule}: ${acts.map(({ kind }) => kind).join(', ')}`;
const isDeletion = ({ kind }: RetentionAct): boolean => kind !== 'move';
const verifiedIn = ({ state }: KeptBackup, tier: Tier): boolean =>
  [...(state.archived?.copies.values() ?? [])].some(
    (copy) => copy.state === 'verified' && placeOfPath(copy.path)?.tier === tier,
  );

/** What the aggregate says to an act, with facts that are looked up as plainly as can be. */
function refusalOf(
  act: RetentionAct,
  { backup, rule, reason }: PlannedBackup,
  all: readonly KeptBackup[],
  policy: RetentionPolicy,
  context: RetentionContext,
): string | undefined {
  if (act.kind === 'move') return undefined;
  const tier = act.kind === 'delete' ? act.tier : act.kind === 'propose' ? 'archive' : 'hot';
  // A proposal takes nothing away, and newer archives may be on their way there.
  const isLastVerified =
    act.kind !== 'propose' && verifiedIn(backup, tier) && !all.some((one) => one !== backup && verifiedIn(one, tier));
  const projectHold = context.projectHolds[0];
  const facts = { policy, projectHold, inUseBy: context.inUse.get(backup.id), isLastVerified };
  const common = { now: context.now, rule, reason, facts };
  const decision =
    act.kind === 'propose'
      ? backupDecider.decide({ type: 'ProposeDeletion', ...common, notBefore: act.notBefore }, backup.state)
      : backupDecider.decide(
          {
            type: 'StartDeletion',
            ...common,
            ...{ storage: act.storage, path: act.path, tier },
            ...(act.kind === 'delete-hot' && {
              keeps: { storage: act.keeps, verifiedSince: '2000-01-01T00:00:00.000Z' },
            }),
          },
          backup.state,
        );
  if (decision.kind === 'refused') return decision.refusal.code;
  return decision.kind === 'event' && decision.event.type === 'DeletionRefused' ? decision.event.data.code : undefined;
}

/** @param numRuns cases for each property */
export function describePlans(numRuns: number): void {
  const runs = { numRuns };
  describe('whatever the backups, the policy and the clock', () => {
    it('nothing that is protected is deleted, and the aggregate would refuse nothing that is planned', () => {
      fc.assert(
        fc.property(cases, ({ backups, policy, context }) => {
          for (const planned of planRetention(backups, policy, context)) {
            const { state, date } = planned.backup;
            const refusals = planned.acts.map((act) => refusalOf(act, planned, backups, policy, context));
            expect(refusals.filter((code) => code !== undefined)).toEqual([]);
            const held = [...(state.holds ?? []), ...context.projectHolds].some((hold) => isInForce(hold, context.now));
            const isFuture = Date.parse(date) - Date.parse(context.now) > 3_600_000;
            if (held || isFuture || context.inUse.has(planned.backup.id))
              expect(planned.acts.filter(isDeletion)).toEqual([]);
          }
        }),
        runs,
      );
    });

    it('each tier keeps a verified backup where it has one, and the newest whole one', () => {
      fc.assert(
        fc.property(cases, ({ backups, policy, context }) => {
          const now = Date.parse(context.now);
          const known = backups.filter(({ date }) => Date.parse(date) - now <= 3_600_000);
          const after = new Map(done(planRetention(backups, policy, context), context.now).map((one) => [one.id, one]));
          for (const tier of ['hot', 'archive'] as const) {
            const there = known.filter((one) => verifiedIn(one, tier));
            const stays = (one: KeptBackup | undefined): boolean => !one || verifiedIn(after.get(one.id) ?? one, tier);
            expect(there.length === 0 || there.some(stays)).toBe(true);
            const whole = there
              .filter(({ state }) => state.status === 'success' && state.request.trigger !== 'safety')
              .sort((a, b) => (a.date < b.date ? 1 : -1));
            expect(stays(whole[0])).toBe(true);
          }
        }),
        runs,
      );
    });

    it('a missing setting keeps, and without any nothing is done', () => {
      const nothing = { autoCleanupArchive: false, complianceRequired: false };
      fc.assert(
        fc.property(cases, ({ backups, policy, context }) => {
          const fresh = backups.filter(({ state }) =>
            [...state.archived!.copies.values()].every((copy) => copy.state !== 'removing'),
          );
          expect(planRetention(fresh, nothing, context).flatMap(({ acts }) => acts)).toEqual([]);
          const { archiveYears: _years, safetyBackupDays: _days, keep: _keep, ...rest } = policy;
          const whole = planRetention(fresh, rest, context).flatMap(({ acts }) => acts);
          expect(whole.filter(({ kind }) => kind === 'propose')).toEqual([]);
        }),
        runs,
      );
    });

    it('the order in which backups come makes no difference', () => {
      const shuffled = cases.chain((one) =>
        fc.record({
          one: fc.constant(one),
          order: fc.shuffledSubarray(one.backups, { minLength: one.backups.length }),
        }),
      );
      fc.assert(
        fc.property(shuffled, ({ one: { backups, policy, context }, order }) => {
          const byId = (planned: PlannedBackup[]): string[] => planned.map(summary).sort();
          expect(byId(planRetention(order, policy, context))).toEqual(byId(planRetention(backups, policy, context)));
        }),
        runs,
      );
    });

    it('a plan that was carried out leaves nothing to do, but to propose what has just come to the archive', () => {
      fc.assert(
        fc.property(cases, ({ backups, policy, context }) => {
          const first = planRetention(backups, policy, context);
          const second = planRetention(done(first, context.now), policy, context);
          const again = second.filter(
            ({ acts }, index) =>
              acts.length > 0 &&
              !(first[index]?.decision === 'archive' && acts.every(({ kind }) => kind === 'propose')) &&
              first[index]?.rule !== 'last-verified',
          );
          expect(again.map(summary)).toEqual([]);
          const third = planRetention(done(second, context.now), policy, context);
          const settled = third.filter((_one, index) => second[index]?.rule !== 'last-verified');
          expect(settled.filter(({ acts }) => acts.length > 0).map(summary)).toEqual([]);
        }),
        runs,
      );
    });

    it('a longer retention never deletes more', () => {
      const pairs = arbitraryBackups.chain((backups) =>
        arbitraryPolicy.chain((policy) =>
          fc.record({
            backups: fc.constant(backups),
            policy: fc.constant(policy),
            longerPolicy: longer(policy),
            gaps: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 12 }),
          }),
        ),
      );
      fc.assert(
        fc.property(pairs, ({ backups, policy, longerPolicy, gaps }) => {
          let [short, long, now] = [backups, backups, base];
          for (const gap of gaps) {
            now += gap * 86_400_000;
            const context = aContext(new Date(now).toISOString(), { coolingOffDays: 0 });
            [short, long] = [
              done(planRetention(short, policy, context), context.now),
              done(planRetention(long, longerPolicy, context), context.now),
            ];
            const kept = new Set(long.filter(({ state }) => hasCopy(state)).map(({ id }) => id));
            const lost = short.filter(({ id, state }) => hasCopy(state) && !kept.has(id)).map(({ id }) => id);
            expect(lost).toEqual([]);
          }
          const start = aContext(new Date(base).toISOString());
          expect(policyDifferences(policy, longerPolicy)).toEqual([]);
          expect(wouldDeleteMore(backups, policy, longerPolicy, start).names).toEqual([]);
        }),
        runs,
      );
    });

    it('the reason given is the rule that decided', () => {
      fc.assert(
        fc.property(cases, ({ backups, policy, context }) => {
          for (const planned of planRetention(backups, policy, context)) {
            const without = withoutRule[planned.rule]?.(planned.backup, backups, policy, context);
            if (!without) continue;
            const [before, after] = [
              planned,
              planRetention(without.backups, without.policy, without.context).find(
                ({ backup }) => backup.id === planned.backup.id,
              ),
            ];
            expect(after?.rule).not.toBe(before.rule);
          }
        }),
        runs,
      );
    });
  });
}

const hasCopy = ({ archived }: EndedBackup): boolean =>
  [...(archived?.copies.values() ?? [])].some(
    (copy) => copy.state !== 'removed' && copy.state !== 'expected' && copy.path !== undefined,
  );

type Inputs = { backups: KeptBackup[]; policy: RetentionPolicy; context: RetentionContext };
type Without = (
  backup: KeptBackup,
  backups: KeptBackup[],
  policy: RetentionPolicy,
  context: RetentionContext,
) => Inputs | undefined;

/** The same without what the rule speaks of: then another one has to decide. */
const withoutRule: Partial<Record<RetentionRule, Without>> = {
  hold: (backup, backups, policy, context) => {
    const { holds: _holds, ...state } = backup.state;
    return {
      backups: backups.map((one) => (one === backup ? { ...one, state } : one)),
      policy,
      context: { ...context, projectHolds: [] },
    };
  },
  'in-use': (_backup, backups, policy, context) => ({ backups, policy, context: { ...context, inUse: new Map() } }),
  'hot-for-ever': (_backup, backups, policy, context) => ({ backups, policy: { ...policy, hotDays: 1 }, context }),
  'archive-for-ever': (_backup, backups, policy, context) => ({
    backups,
    policy: { ...policy, archiveYears: 1 },
    context,
  }),
  'archive-years': (_backup, backups, policy, context) => ({
    backups,
    policy: { ...policy, complianceType: 'belastingdienst' },
    context,
  }),
  'calendar-years': (_backup, backups, { complianceType: _type, ...policy }, context) => ({ backups, policy, context }),
  'not-selected': (_backup, backups, { keep: _keep, ...policy }, context) => ({ backups, policy, context }),
  'keep-last': (_backup, backups, { keep: _keep, ...policy }, context) => ({ backups, policy, context }),
  'keep-daily': (_backup, backups, { keep: _keep, ...policy }, context) => ({ backups, policy, context }),
  'keep-weekly': (_backup, backups, { keep: _keep, ...policy }, context) => ({ backups, policy, context }),
  'keep-monthly': (_backup, backups, { keep: _keep, ...policy }, context) => ({ backups, policy, context }),
  'keep-yearly': (_backup, backups, { keep: _keep, ...policy }, context) => ({ backups, policy, context }),
};
