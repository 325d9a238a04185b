import type { PlannedBackup } from './kept-backup.js';

export type Verdict = Omit<PlannedBackup, 'backup'>;

export const iso = (instant: number): string => new Date(instant).toISOString();
