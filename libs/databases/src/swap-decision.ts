// Decides the next step of a swap or an undo from the record and from which of the three databases exist. So each can be completed,
// and each swap undone, from wherever it stopped.

/**
 * How a kind replaces the live database. `at once`: in one step, `incoming` disappears and `kept` appears. `by steps`: `kept` (or
 * `live`, where there was none) appears first, and `incoming` disappears last.
 */
export type Exchange = 'at once' | 'by steps';

/** Which databases exist. `kept` does not count until it is separate from the live one. */
export interface Present {
  live: boolean;
  incoming: boolean;
  kept: boolean;
}

/** What was recorded of a swap, before and during it. */
export interface SwapRecord {
  direction: 'swap' | 'undo';
  /** A live database existed when it began, or one exists that the restore did not make. */
  hadLive: boolean;
  /** `moved` occurs only in an exchange by steps: everything is in its place, and the rest remains to be done. */
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

/** `begin` writes a record and moves; `move` continues where it stopped; both finish afterwards. */
export type SwapNext = Nothing | Refused | { do: 'begin'; hadLive: boolean } | { do: 'move' | 'finish' };

/** Each writes a record with `hadLive`, does what it says, and removes `incoming`. `clear` leaves the live one alone. */
export type UndoNext = Nothing | Refused | { do: 'bring back' | 'remove live' | 'clear'; hadLive: boolean };

export function nextOfSwap(record: SwapRecord | undefined, present: Present, exchange: Exchange): SwapNext {
  if (record?.direction === 'undo') return refuse('UNDO_BEGUN');
  if (record?.phase === 'done') return { do: 'nothing' };
  // The record of an untouched swap may be out of date.
  if (!record || isUntouched(record, present, exchange)) return beginning(present);
  if (!present.live) return refuse('LIVE_MISSING');
  if (record.hadLive && !present.kept) return refuse('KEPT_MISSING');
  if (record.phase === 'moved') return { do: 'finish' };
  if (exchange === 'at once') return present.incoming ? refuse('KEPT_EXISTS') : { do: 'finish' };
  return present.incoming ? { do: 'move' } : refuse('INCOMING_MISSING');
}

export function nextOfUndo(record: SwapRecord | undefined, present: Present, exchange: Exchange): UndoNext {
  if (!record) {
    // The record was lost, and only a swap makes `kept`.
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

/** A swap was recorded, and the databases show that it has not changed the live one. */
function isUntouched({ hadLive, phase }: SwapRecord, { live, incoming, kept }: Present, exchange: Exchange): boolean {
  if (phase !== 'prepared') return false;
  if (exchange === 'by steps') return hadLive ? !kept : !live;
  return hadLive ? incoming && !kept : incoming || !live;
}

const refuse = (why: SwapRefusal): Refused => ({ do: 'refuse', why });
