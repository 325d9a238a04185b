import { printable } from '@havun/text';
import type { Amount, PlannedItem } from '@havun/restore';
import type { Choice } from '../restore/choose-backup.js';
import type { RestoreWish } from '../restore/restore-options.js';
import { indent } from '../terminal.js';
import { formatBytes, formatDuration, formatInstant, plural } from './format.js';
import { describeSelection, describeTarget } from './restore-lines.js';
import { renderTable } from './table.js';

/** What was chosen, why, where its copies are, and where it goes: the same for a dry run and for the restore itself. */
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

/** For production: what happens to the live content, and how to undo it. `items` is absent where nobody could look. */
export function consequenceLines(
  { project, safetyBackup, selection }: RestoreWish,
  items: readonly PlannedItem[] | undefined,
  { width, root }: { width: number; root: string },
): string[] {
  const replaced = items ? [] : [['Replaces', `${describeSelection(selection)} in ${root}, and nothing else`] as const];
  return facts(
    [
      ...replaced,
      ['First', safetyBackup ? 'a backup of the present state' : 'no backup of the present state is made'],
      ['Kept', keptWords(project, items)],
      ...(selection.config ? [] : [['Stays', '.env, which is replaced only with --with-env'] as const]),
      ['Undo', keepsSome(items) ? `havun restore:undo --project=${project}` : 'none: there is nothing to go back to'],
    ],
    width,
  );
}

/** A database that could not be examined may exist, and would then be kept. */
const keepsSome = (items: readonly PlannedItem[] | undefined): boolean =>
  !items || items.some(({ kept, action }) => kept !== undefined || action === 'unknown');

function keptWords(project: string, items: readonly PlannedItem[] | undefined): string {
  if (!keepsSome(items)) return 'nothing, as nothing of it is there now';
  const named = (wanted: PlannedItem['what']): string[] =>
    items?.flatMap(({ kept, what }) => (kept === undefined || what !== wanted ? [] : [kept])) ?? [];
  const parts = [
    ...(!items || named('files').length > 0 ? ['files as <name>.before-restore-<time>'] : []),
    ...named('database').map((name) => `the database as ${name}`),
  ];
  const absent =
    items?.flatMap(({ what, action, name }) => (what === 'database' && action === 'add' ? [name] : [])) ?? [];
  const none = absent.length > 0 ? `. There is no database ${absent.join(', ')} now: none is kept` : '';
  const how = parts.length > 0 ? `, ${parts.join(', ')},` : '';
  return `what is replaced stays beside it${how} until: havun restore:confirm --project=${project}${none}`;
}

/** A table of the present and the future content. */
export function planTable(items: readonly PlannedItem[], width: number): string {
  return renderTable<PlannedItem>(
    [
      { title: 'WHAT', text: ({ what, name }) => (what === 'database' ? `database ${name}` : name), shrinks: true },
      { title: 'ACTION', text: ({ action }) => action },
      { title: 'NOW', text: now, align: 'right' },
      { title: 'THEN', text: ({ then }) => amount(then), align: 'right' },
    ],
    items,
    width,
  );
}

/** Never empty: it also says what does not exist, and what could not be examined. */
function now({ now: amountNow, action }: PlannedItem): string {
  if (amountNow) return amount(amountNow);
  return action === 'add' ? 'not there' : 'not known';
}

function amount(value: Amount | undefined): string {
  if (!value) return '';
  return 'files' in value
    ? `${plural(value.files, 'file')}, ${formatBytes(value.bytes)}`
    : [plural(value.tables, 'table'), ...(value.rows === undefined ? [] : [plural(value.rows, 'row')])].join(', ');
}

const labelWidth = 11;

const facts = (lines: readonly (readonly [string, string])[], width: number): string[] =>
  lines.map(
    ([label, text]) =>
      `  ${label.padEnd(labelWidth - 2)}${indent(printable(text), labelWidth, width).slice(labelWidth)}`,
  );
