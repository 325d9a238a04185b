import { isWhole } from '../backup/keeping.js';
import { afterActs } from './acted.js';
import type { DueAct } from './acts.js';
import type { KeptBackup } from './kept-backup.js';
import type { LocalCalendar } from './local-calendar.js';
import { inWords } from './plan.js';
import { see, type LyingCopy, type SeenBackup } from './seen.js';
import { iso, type Verdict } from './verdict.js';

/** A backup whose copies change while a simulation goes on. */
export type SimulatedBackup = {
  -readonly [Key in keyof SeenBackup]: SeenBackup[Key];
} & {
  /** Of its archive, in bytes. */
  readonly size: number;
  /** The last day on which it was looked at. */
  lookedAt: number;
  /** Where acts may change what it is worth: then they go through the history, as they would in the log. */
  kept: KeptBackup | undefined;
};

export function simulated(kept: KeptBackup, calendar: LocalCalendar, now: number): SimulatedBackup {
  const { status, request, archived } = kept.state;
  const staysWhole = status === 'success' && archived !== undefined && isWhole(request.policy, archived.copies);
  return Object.assign(see(kept, calendar, now), {
    size: archived?.archive.size ?? 0,
    lookedAt: -Infinity,
    kept: staysWhole ? undefined : kept,
  });
}

/** Every act of a verdict succeeds. */
export function carryOut(backup: SimulatedBackup, verdict: Verdict, now: number, calendar: LocalCalendar): void {
  if (backup.kept) {
    const at = iso(now);
    const kept = { ...backup.kept, state: afterActs(inWords(backup.kept, verdict), at) };
    Object.assign(backup, see(kept, calendar, now), { kept });
    return;
  }
  for (const act of verdict.acts) {
    if (act.kind === 'propose') backup.deletion = { proposedAt: now, notBefore: act.notBefore };
    else backup.copies = copiesAfter(backup.copies, act);
  }
}

function copiesAfter(copies: readonly LyingCopy[], { kind, copy }: Exclude<DueAct, { kind: 'propose' }>): LyingCopy[] {
  const after: LyingCopy[] = [];
  for (const one of copies) {
    if (one.storage !== copy.storage) after.push(one);
    else if (kind === 'move') after.push({ ...one, tier: 'archive' });
  }
  return after;
}
