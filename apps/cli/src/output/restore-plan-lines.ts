import type { Choice } from '../restore/choose-backup.js';
import type { Amount, PlannedItem } from '../restore/restore-plan.js';
import type { RestoreWish } from '../restore/restore-options.js';
import { indent } from '../terminal.js';
import { formatBytes, formatDuration, formatInstant, plural } from './format.js';
import { describeSelection, describeTarget } from './restore-lines.js';
import { renderTable } from './table.js';

/** What was chosen, why, where it lies, and where it goes: the same for a look and for the restore itself. */
export function choiceLines(
  wish: RestoreWish,
  { backup, because, madeAt, ageSeconds, isSafety, copies }: Choice,
  { timezone, width }: { timezone: string; width: number },
): string[] {
  const { size, entries, encrypted } = backup.archive;
  const places = copies.map(
    ({ storage, path, verified }) => `${storage}: ${path}${verified ? '' : ' (not read back)'}`,
  );
  return facts(
    [
      ['Backup', `${backup.name} (${because})`],
      ...(isSafety ? [['', 'it was made by a restore, of what that one has replaced'] as const] : []),
      ['Made', `${formatInstant(madeAt, timezone)}, ${formatDuration(ageSeconds)} ago`],
      [
        'Archive',
        `${formatBytes(size)}, ${plural(entries, 'entry', 'entries')}, ${encrypted ? 'encrypted' : 'not encrypted'}`,
      ],
      ['Copies', places.join(', ')],
      ['Restores', `${describeSelection(wish.selection)} of ${wish.project}, to ${describeTarget(wish.target)}`],
    ],
    width,
  );
}

/** For production: what happens to what is live, and how it comes back. */
export function consequenceLines(
  { project, safetyBackup, selection }: RestoreWish,
  items: readonly PlannedItem[] | undefined,
  { width, root }: { width: number; root: string },
): string[] {
  const kept = items?.flatMap(({ kept: name, what }) => (name === undefined || what === 'files' ? [] : [name])) ?? [];
  const replaced = items ? [] : [['Replaces', `${describeSelection(selection)} in ${root}, and nothing else`] as const];
  return facts(
    [
      ...replaced,
      ['First', safetyBackup ? 'a backup of the present state' : 'no backup of the present state is made'],
      [
        'Kept',
        `what is replaced stays beside it, files as <name>.before-restore-<time>${kept.length > 0 ? `, the database as ${kept.join(', ')}` : ''}, until: havun restore:confirm --project=${project}`,
      ],
      ...(selection.config ? [] : [['Stays', '.env, which is replaced only with --with-env'] as const]),
      ['Undo', `havun restore:undo --project=${project}`],
    ],
    width,
  );
}

/** A table of what is there and what will be. */
export function planTable(items: readonly PlannedItem[], width: number): string {
  return renderTable<PlannedItem>(
    [
      { title: 'WHAT', text: ({ what, name }) => (what === 'database' ? `database ${name}` : name), shrinks: true },
      { title: 'ACTION', text: ({ action }) => action },
      { title: 'NOW', text: ({ now }) => amount(now), align: 'right' },
      { title: 'THEN', text: ({ then }) => amount(then), align: 'right' },
    ],
    items,
    width,
  );
}

function amount(value: Amount | undefined): string {
  if (!value) return '';
  return 'files' in value
    ? `${plural(value.files, 'file')}, ${formatBytes(value.bytes)}`
    : `${plural(value.tables, 'table')}, ${plural(value.rows, 'row')}`;
}

const labelWidth = 11;

const facts = (lines: readonly (readonly [string, string])[], width: number): string[] =>
  lines.map(([label, text]) => `  ${label.padEnd(labelWidth - 2)}${indent(text, labelWidth, width).slice(labelWidth)}`);
