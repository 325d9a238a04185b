import type { Failure } from '../event.js';
import { awaitsSettlement, isRestoreEnded, type RestoreState } from './state.js';

/** A restore with its name and state. */
export interface NamedRestore {
  readonly name: string;
  readonly state: Exclude<RestoreState, { status: 'unknown' }>;
}

/**
 * Undo goes backwards in time: if a later restore of the same target has replaced this one's result, or is about to, that one
 * must be undone first.
 * @param later the restores of its project that were requested after it, latest first
 * @returns the refusal; undefined where no later restore is in the way
 */
export function refuseUndo({ name, state }: NamedRestore, later: readonly NamedRestore[]): Failure | undefined {
  const onTop = later.filter(
    (other) => other.state.request.target.kind === state.request.target.kind && stands(other.state),
  );
  const [latest] = onTop;
  if (!latest) return undefined;
  return {
    code: 'LATER_RESTORE',
    message: `${name} can't be undone before the later ${onTop.map((restore) => restore.name).join(', ')}`,
    remedy: awaitsSettlement(latest.state)
      ? `Undo or confirm those first, the latest first: havun restore:undo ${latest.name}`
      : `Wait until ${latest.name} has ended, then undo or confirm what is later than this one, the latest first.`,
  };
}

/** Whether it occupies its target: it keeps what it has replaced, or has not ended. */
const stands = (state: RestoreState): boolean => awaitsSettlement(state) || !isRestoreEnded(state);
