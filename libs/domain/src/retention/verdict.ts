import type { DueAct } from './acts.js';
import type { KeptBackup, PlannedBackup } from './kept-backup.js';

/** A sentence, made only where somebody reads it: a simulation takes millions of verdicts. */
export type Words = string | ((backup: KeptBackup) => string);

/** What the rules say of one backup. `until`: milliseconds. */
export type Verdict = Pick<PlannedBackup, 'decision' | 'rule' | 'next'> & {
  readonly reason: Words;
  readonly change: Words;
  readonly until?: number;
  readonly acts: readonly DueAct[];
};

export const said = (words: Words, backup: KeptBackup): string => (typeof words === 'string' ? words : words(backup));

export const iso = (instant: number): string => new Date(instant).toISOString();
