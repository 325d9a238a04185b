import {
  placeOfPath,
  type PlannedBackup,
  type RetentionEventData,
  type RetentionPolicy,
  type Tier,
} from '@havun/domain';
import { plural, type PlannedCleanup } from '@havun/use-cases';
import { indent, mark } from '../terminal.js';
import { formatInstant } from './format.js';
import type { Layout } from './hold-lines.js';

/** What a clean-up comes to, in figures. Backups, not copies. */
export interface CleanupCounts {
  /** With a copy in hot storage. */
  readonly hot: number;
  /** Of these, those that leave it now. */
  readonly leavingHot: number;
  /** Of those that leave it, those that do not go on in the archive. */
  readonly notArchived: number;
  /** With a copy in the archive. */
  readonly archive: number;
  readonly proposed: number;
  readonly coolingOff: number;
  readonly deleted: number;
}

export function countCleanup(plan: readonly PlannedBackup[]): CleanupCounts {
  const count = (fits: (planned: PlannedBackup) => boolean): number => plan.filter(fits).length;
  return {
    hot: count(isIn('hot')),
    leavingHot: count(leavesHot),
    notArchived: count((planned) => leavesHot(planned) && planned.acts.some(({ kind }) => kind === 'delete')),
    archive: count(isIn('archive')),
    proposed: count(({ acts }) => acts.some(({ kind }) => kind === 'propose')),
    coolingOff: count(({ rule }) => rule === 'cooling-off'),
    deleted: count((planned) => isIn('archive')(planned) && planned.acts.some(({ kind }) => kind === 'delete')),
  };
}

/** The storages in which a backup lies in a tier, as far as the log knows. */
const storagesIn = ({ backup: { state } }: PlannedBackup, tier: Tier): string[] =>
  [...(state.archived?.copies ?? [])].flatMap(([storage, copy]) => {
    if (copy.state === 'expected' || copy.state === 'removed' || copy.path === undefined) return [];
    return placeOfPath(copy.path)?.tier === tier ? [storage] : [];
  });

const isIn =
  (tier: Tier) =>
  (planned: PlannedBackup): boolean =>
    storagesIn(planned, tier).length > 0;

/** Whether no copy is left in hot storage once all that is due is done. */
function leavesHot(planned: PlannedBackup): boolean {
  const hot = storagesIn(planned, 'hot');
  const acted = planned.acts.flatMap((act) => ('storage' in act ? [act.storage] : []));
  return hot.length > 0 && hot.every((storage) => acted.includes(storage));
}

/** The figures of one project, as the plan of this product has them. */
export function renderCleanup({ project, policy, plan }: PlannedCleanup, { width }: Pick<Layout, 'width'>): string {
  const counts = countCleanup(plan);
  const { hotDays } = policy;
  const days = hotDays === undefined ? undefined : plural(hotDays, 'day');
  const [younger, older] = days === undefined ? ['for ever', ''] : [`last ${days}`, ` (older than ${days})`];
  const kept = plan.filter((planned) => isIn('hot')(planned) && !leavesHot(planned));
  const overdue = kept.filter(({ rule }) => rule !== 'hot-days' && rule !== 'hot-for-ever').length;
  const besides = overdue > 0 ? `; ${overdue} for another reason` : '';
  const onwards =
    counts.notArchived === 0
      ? 'they go on in the archive'
      : `${counts.notArchived} of them for good, the others go on in the archive`;
  const lines = [
    `Found ${plural(counts.hot, 'backup')} in hot storage`,
    `Keeping: ${counts.hot - counts.leavingHot} (${younger}${besides})`,
    `Deleting: ${counts.leavingHot}${older}${counts.leavingHot === 0 ? '' : `; ${onwards}`}`,
    `Found ${plural(counts.archive, 'backup')} in the archive`,
    ...(counts.proposed > 0 ? [`Proposing for deletion: ${counts.proposed}`] : []),
    ...(counts.coolingOff > 0 ? [`Proposed, and cooling off: ${counts.coolingOff}`] : []),
    ...(counts.deleted > 0 ? [`Deleting from the archive: ${counts.deleted}`] : []),
    '',
    `${mark('warning')} ${archiveRule(policy)}`,
  ];
  return [
    `Cleanup for: ${project} (Retention: ${days ?? 'for ever'})`,
    ...lines.map((line) => (line === '' ? '' : indent(line, 2, width))),
  ].join('\n');
}

/** What may become of archives. */
export function archiveRule({ archiveYears, autoCleanupArchive, complianceRequired }: RetentionPolicy): string {
  const years = archiveYears === undefined ? undefined : plural(archiveYears, 'year');
  if (complianceRequired)
    return `ARCHIVE backups are NEVER deleted (${years === undefined ? '' : `${years} of `}compliance)!`;
  if (!autoCleanupArchive) return 'ARCHIVE backups are NEVER deleted (auto_cleanup_archive is false)!';
  if (years === undefined) return 'ARCHIVE backups are NEVER deleted (no archive_retention_years is set)!';
  return `ARCHIVE backups are deleted after ${years}: proposed first, and only then deleted.`;
}

/** So many backups are named; the JSON has all of them. */
const mostNamed = 20;

/** What would be done with which backup, and what is kept although its time is over, each with the reason. */
export function renderPlannedActs(plan: readonly PlannedBackup[], { timezone, width }: Layout): string[] {
  const acting = plan.filter(({ acts }) => acts.length > 0);
  const kept = plan.filter(({ acts, rule }) => acts.length === 0 && !isOrdinary(rule));
  return [
    ...named('What is due:', acting, { timezone, width }),
    ...named('Kept all the same:', kept, { timezone, width }),
  ];
}

/** Rules that keep a backup because its time has not come, or there is nothing left of it. */
const isOrdinary = (rule: PlannedBackup['rule']): boolean =>
  [
    ...['no-copies', 'hot-days', 'hot-for-ever', 'archive-years', 'calendar-years', 'archive-for-ever'],
    ...['compliance', 'archive-protected', 'keep-last', 'keep-daily', 'keep-weekly', 'keep-monthly', 'keep-yearly'],
  ].includes(rule);

function named(title: string, plan: readonly PlannedBackup[], { timezone, width }: Layout): string[] {
  if (plan.length === 0) return [];
  const rest = plan.length - mostNamed;
  return [
    indent(title, 2, width),
    ...plan
      .slice(0, mostNamed)
      .flatMap((planned) => [
        indent(`${planned.backup.name}: ${actWords(planned, timezone)}`, 4, width),
        indent(planned.reason, 6, width),
      ]),
    ...(rest > 0 ? [indent(`and ${rest} more, which --json names`, 4, width)] : []),
  ];
}

/** What is done with a backup now. */
export function actWords({ acts }: Pick<PlannedBackup, 'acts'>, timezone: string): string {
  if (acts.length === 0) return 'kept';
  const words = acts.map((act) => {
    switch (act.kind) {
      case 'move':
        return `to the archive in ${act.storage}`;
      case 'delete-hot':
        return `hot copy deleted in ${act.storage}, once the one in ${act.keeps} is read back`;
      case 'propose':
        return `proposed for deletion, not before ${formatInstant(act.notBefore, timezone)}`;
      case 'delete':
        return `deleted in ${act.storage}`;
    }
  });
  return words.join('; ');
}

type Result = RetentionEventData<'CleanupCompleted'>;

/** What a clean-up has done, line by line. */
export function renderResult(result: Result, width: number): string[] {
  const { kept, moved, hotCopiesDeleted, proposed, deleted, refused, failed } = result;
  const done: [number, string][] = [
    [moved, `${plural(moved, 'copy', 'copies')} moved to the archive`],
    [hotCopiesDeleted, `${plural(hotCopiesDeleted, 'copy', 'copies')} deleted from hot storage`],
    [proposed, `${plural(proposed, 'backup')} proposed for deletion (see: havun deletion:list)`],
    [deleted, `${plural(deleted, 'backup')} deleted for good`],
  ];
  const lines = done.flatMap(([amount, line]) => (amount > 0 ? [`${mark('ok')} ${line}`] : []));
  return [
    ...(lines.length > 0 ? lines : [`${mark('ok')} Nothing was due`]),
    ...refused.map(({ code, count }) => `${mark('warning')} Kept: ${count} x ${code}`),
    ...failed.flatMap(({ storage, count, code, message, remedy }) => [
      `${mark('failed')} Not done in ${storage}, ${count} x: ${message} [${code}]`,
      `  ${remedy}`,
    ]),
    `${mark('ok')} ${plural(kept, 'backup')} kept as ${kept === 1 ? 'it was' : 'they were'}`,
  ].map((line) => indent(line.trimStart(), line.startsWith('  ') ? 4 : 2, width));
}
