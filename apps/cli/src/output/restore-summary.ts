import type { Failure, RestoreEvent, RestoreEventData, RestoreTarget } from '@havun/domain';
import { mark } from '../terminal.js';
import { formatDuration } from './format.js';
import { describeTarget, pathsAndDatabases, targetNow } from './restore-lines.js';

/** How a restore ended, for people and as JSON. */
export interface RestoreOutcome {
  readonly status: 'completed' | 'failed' | 'running';
  readonly seconds?: number;
  /** The copy that it was made from. */
  readonly storage?: string;
  readonly safetyBackup?: { readonly name: string; readonly status: string };
  readonly kept?: RestoreEventData<'RestoreCompleted'>['kept'];
  readonly warnings?: RestoreEventData<'RestoreCompleted'>['warnings'];
  readonly failure?: Failure & Pick<RestoreEventData<'RestoreFailed'>, 'stage' | 'target'>;
}

export function restoreOutcome(events: readonly RestoreEvent[]): RestoreOutcome {
  const safety = events.find((event) => event.type === 'SafetyBackupMade')?.data;
  const facts = safety ? { safetyBackup: { name: safety.name, status: safety.status } } : {};
  const end = events.at(-1);
  if (end?.type === 'RestoreCompleted') {
    const { storage, kept, warnings, durationSeconds: seconds } = end.data;
    return { ...facts, status: 'completed', seconds, storage, kept, warnings };
  }
  if (end?.type === 'RestoreFailed') {
    const { durationSeconds: seconds, ...failure } = end.data;
    return { ...facts, status: 'failed', seconds, failure };
  }
  return { ...facts, status: 'running' };
}

/** The last words of a restore: how it went, what is there now, and what to do next. */
export function restoreSummary(name: string, target: RestoreTarget, outcome: RestoreOutcome): string[] {
  const { status, seconds = 0, kept, failure } = outcome;
  const head = `${mark(status === 'completed' ? 'ok' : 'failed')} ${name}: ${status} after ${formatDuration(seconds)}`;
  if (failure)
    return [head, `  ${failure.message} [${failure.code}]`, `  ${targetNow[failure.target]}.`, `  ${failure.remedy}`];
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
