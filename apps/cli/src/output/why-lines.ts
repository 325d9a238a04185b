import type { Copy } from '@havun/domain';
import type { WhyKept } from '@havun/use-cases';
import { indentedLines } from '@havun/text';
import { indent } from '../terminal.js';
import { actWords } from './cleanup-lines.js';
import { formatInstant } from './format.js';
import { describeHold, type Layout } from './hold-lines.js';

/** Why a backup is kept, until when, where its copies are, and what would change it. */
export function renderWhy(why: WhyKept, layout: Layout): string {
  const { timezone, width } = layout;
  const { name, project, state, planned, pending, largeBatch, holds, now } = why;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => indent(line, 2, width))];
  const due = planned && planned.acts.length > 0 ? [`Due now: ${actWords(planned, timezone)}.`] : [];
  return [
    `${name}  (${state.status})`,
    ...section('Why', [
      ...(planned
        ? [`${planned.reason} [${planned.rule}]`, ...due]
        : [
            `${project} is not in the configuration any more. Its backups are kept as they are: nothing moves or deletes them until somebody puts the project back.`,
          ]),
    ]),
    ...section('Until', planned ? [untilWords(planned, timezone)] : ['for ever, as it is now']),
    ...section('Holds', [
      ...holds.backup.map((hold) => `on this backup, ${describeHold(hold, timezone, now)}`),
      ...holds.project.map((hold) => `on all of ${project}, ${describeHold(hold, timezone, now)}`),
    ]),
    ...section(
      'Copies',
      [...(state.archived?.copies ?? [])].map(([storage, copy]) => copyWords(storage, copy, timezone)),
    ),
    ...section('What would change it', [
      ...(planned ? [planned.change] : ['The project in havun.yaml again; or somebody who deletes it by hand.']),
      ...(pending ? ['The policy of havun.yaml, which waits to be accepted: it would go earlier then.'] : []),
      ...(largeBatch
        ? [
            `Nothing of ${project} is deleted before somebody accepts a large batch (havun retention:accept ${project}).`,
          ]
        : []),
    ]),
  ].join('\n');
}

function untilWords({ until, next, decision }: NonNullable<WhyKept['planned']>, timezone: string): string {
  if (until === undefined) return decision === 'keep' ? 'somebody or something changes it' : 'the next clean-up';
  const then = next === undefined ? '' : next === 'archive' ? '; then it goes to the archive' : '; then it is deleted';
  return `${formatInstant(until, timezone)}${then}`;
}

export function copyWords(storage: string, copy: Copy, timezone: string): string {
  switch (copy.state) {
    case 'expected':
      return `${storage}: not there yet`;
    case 'present':
      return `${storage}: ${copy.path}, not read back yet`;
    case 'verified':
      return `${storage}: ${copy.path}, read back ${formatInstant(copy.at, timezone)}`;
    case 'failed':
      return `${storage}: ${copy.path ?? 'no file'}, not good since ${formatInstant(copy.at, timezone)}: ${indentedLines(copy.failure.message)} [${copy.failure.code}]`;
    case 'removing':
      return `${storage}: ${copy.path}, is being deleted since ${formatInstant(copy.at, timezone)} [${copy.rule}]`;
    case 'removed':
      return `${storage}: deleted on ${formatInstant(copy.at, timezone)} by rule [${copy.rule}]`;
  }
}
