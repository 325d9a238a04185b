import type { RestoreTarget } from '@havun/domain';
import type { RestoreOutcome } from '@havun/use-cases';
import { indentedLines } from '@havun/text';
import { mark } from '../terminal.js';
import { formatDuration } from './format.js';
import { describeTarget, pathsAndDatabases, targetNow } from './restore-lines.js';

/** The end of a restore's output: the result, what is there now, and what to do next. */
export function restoreSummary(name: string, target: RestoreTarget, outcome: RestoreOutcome): string[] {
  const { status, seconds = 0, kept, failure, heldUp } = outcome;
  const head = `${mark(status === 'completed' ? 'ok' : 'failed')} ${name}: ${status} after ${formatDuration(seconds)}`;
  if (failure)
    return [
      head,
      `  ${indentedLines(failure.message)} [${failure.code}]`,
      `  ${targetNow[failure.target]}.`,
      `  ${indentedLines(failure.remedy)}`,
    ];
  if (heldUp) {
    return [
      `${mark('failed')} ${name}: held up: ${indentedLines(heldUp.message)} [${heldUp.code}]`,
      `  ${indentedLines(heldUp.remedy)}`,
      '  It is tried again by itself, for as long as a stack is up, until it succeeds.',
      `  To try at once: havun restore:undo ${name}`,
    ];
  }
  if (!kept || (kept.paths === 0 && kept.databases.length === 0)) {
    return target.kind === 'folder' ? [head, `  It lies in ${describeTarget(target)}.`] : [head];
  }
  return [
    head,
    `  What was replaced is kept: ${pathsAndDatabases(kept)}.`,
    `  When all is well, remove it with: havun restore:confirm ${name}`,
    `  To go back to it:                 havun restore:undo ${name}`,
  ];
}
