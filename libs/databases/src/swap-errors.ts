import type { RestoreNames } from './database-kind.js';
import { DatabaseError } from './errors.js';
import type { SwapRefusal } from './swap-decision.js';

/** The error for a refused swap or undo. */
export function refusal(why: SwapRefusal, { live, incoming, kept }: RestoreNames & { live: string }): DatabaseError {
  switch (why) {
    case 'UNDO_BEGUN':
      return undoBegun(live);
    case 'INCOMING_MISSING':
      return incomingMissing(incoming);
    case 'KEPT_MISSING':
      return keptMissing(kept, live);
    case 'KEPT_EXISTS':
      return swapFailed(kept, 'exists already, and this restore did not make it');
    case 'LIVE_MISSING':
      return swapFailed(live, 'was there when the swap began, and is not there now');
  }
}

export const swapFailed = (name: string, what: string): DatabaseError =>
  new DatabaseError({
    code: 'SWAP_FAILED',
    message: `database ${name}: it ${what}`,
    remedy: 'Look at its content, move or drop it by hand, and go on with the restore or undo it.',
    retryable: false,
    path: name,
  });

const undoBegun = (live: string): DatabaseError =>
  new DatabaseError({
    code: 'UNDO_BEGUN',
    message: `database ${live}: undoing this restore was begun, so it cannot be completed`,
    remedy: 'Undo the restore to its end, and run the restore again.',
    retryable: false,
    path: live,
  });

const incomingMissing = (incoming: string): DatabaseError =>
  new DatabaseError({
    code: 'INCOMING_MISSING',
    message: `database ${incoming}: it is not there, so nothing can take the place of the live one`,
    remedy: 'Run the restore again: the dump must be imported first.',
    retryable: false,
    path: incoming,
  });

const keptMissing = (kept: string, live: string): DatabaseError =>
  new DatabaseError({
    code: 'KEPT_MISSING',
    message: `database ${live}: what it held before the restore is gone: there is no database ${kept}`,
    remedy:
      'The restore was confirmed, or somebody dropped it. Restore the backup that was made before, the safety backup.',
    retryable: false,
    path: kept,
  });
