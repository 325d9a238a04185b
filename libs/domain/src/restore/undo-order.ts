import type { Failure } from '../event.js';
import { awaitsSettlement, isRestoreEnded, type RestoreState } from './state.js';

/** A restore by its name, with what became of it. */
export interface NamedRestore {
  readonly name: string;
  readonly state: Exclude<RestoreState, { status: 'unknown' }>;
}

/**
 * An undo goes backwards in time: a restore that a later one of the same target has replaced in turn, or is about to, can't
 * be undone before that one.
 * @param later the restores of its project that were asked for after it, the latest first
 * @returns the refusal; undefined where nothing lies on top of it
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

/** Whether it holds its target, or is about to: it keeps what it has replaced, or has not ended. */
const stands = (state: RestoreState): boolean => awaitsSettlement(state) || !isRestoreEnded(state);
