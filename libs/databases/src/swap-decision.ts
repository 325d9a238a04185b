// What comes next in a swap or in its undoing, decided by what was written down and by which of the three databases are
// there. So each can be completed, and each swap be undone, from wherever it stopped.

/**
 * How a kind lets the incoming database take the place of the live one. `at once`: in one step, in which `incoming` goes
 * and `kept` comes. `by steps`: `kept` (or `live`, where there was none) is made first, and `incoming` goes last.
 */
export type Exchange = 'at once' | 'by steps';

/** What is there. Until it is a database apart from the live one, `kept` is not there. */
export interface Present {
  live: boolean;
  incoming: boolean;
  kept: boolean;
}

/** What was written down of a swap, before and while it was made. */
export interface SwapRecord {
  direction: 'swap' | 'undo';
  /** There was a live database when it began, or one that the restore has not made. */
  hadLive: boolean;
  /** Only an exchange by steps is ever written down as `moved`: everything is in its place, and the rest is to be done. */
  phase: 'prepared' | 'moved' | 'done';
}

export type SwapRefusal = 'UNDO_BEGUN' | 'INCOMING_MISSING' | 'KEPT_MISSING' | 'KEPT_EXISTS' | 'LIVE_MISSING';
interface Refused {
  do: 'refuse';
  why: SwapRefusal;
}
interface Nothing {
  do: 'nothing';
}

/** `begin` writes a record and moves; `move` goes on where it stopped; both finish after that. */
export type SwapNext = Nothing | Refused | { do: 'begin'; hadLive: boolean } | { do: 'move' | 'finish' };

/** Each writes a record with `hadLive`, does what it says, and removes `incoming`. `clear` leaves the live one alone. */
export type UndoNext = Nothing | Refused | { do: 'bring back' | 'remove live' | 'clear'; hadLive: boolean };

export function nextOfSwap(record: SwapRecord | undefined, present: Present, exchange: Exchange): SwapNext {
  if (record?.direction === 'undo') return refuse('UNDO_BEGUN');
  if (record?.phase === 'done') return { do: 'nothing' };
  // What was written down of an untouched one may be out of date.
  if (!record || isUntouched(record, present, exchange)) return beginning(present);
  if (!present.live) return refuse('LIVE_MISSING');
  if (record.hadLive && !present.kept) return refuse('KEPT_MISSING');
  if (record.phase === 'moved') return { do: 'finish' };
  if (exchange === 'at once') return present.incoming ? refuse('KEPT_EXISTS') : { do: 'finish' };
  return present.incoming ? { do: 'move' } : refuse('INCOMING_MISSING');
}

export function nextOfUndo(record: SwapRecord | undefined, present: Present, exchange: Exchange): UndoNext {
  if (!record) {
    // The record was lost; `kept` can only come from a swap.
    if (present.kept) return { do: 'bring back', hadLive: true };
    return present.incoming ? { do: 'nothing' } : refuse('KEPT_MISSING');
  }
  if (record.direction === 'undo' && record.phase === 'done') return { do: 'nothing' };
  if (record.direction === 'swap' && isUntouched(record, present, exchange))
    return { do: 'clear', hadLive: present.live };
  if (!record.hadLive) return { do: 'remove live', hadLive: false };
  if (present.kept) return { do: 'bring back', hadLive: true };
  return record.direction === 'undo' && present.live ? { do: 'clear', hadLive: true } : refuse('KEPT_MISSING');
}

function beginning({ live, incoming, kept }: Present): SwapNext {
  if (!incoming) return refuse('INCOMING_MISSING');
  return kept ? refuse('KEPT_EXISTS') : { do: 'begin', hadLive: live };
}

/** A swap was written down, and what is there shows that it has not changed the live database. */
function isUntouched({ hadLive, phase }: SwapRecord, { live, incoming, kept }: Present, exchange: Exchange): boolean {
  if (phase !== 'prepared') return false;
  if (exchange === 'by steps') return hadLive ? !kept : !live;
  return hadLive ? incoming && !kept : incoming || !live;
}

const refuse = (why: SwapRefusal): Refused => ({ do: 'refuse', why });
