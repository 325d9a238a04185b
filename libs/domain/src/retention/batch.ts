import type { PlannedBackup } from './kept-backup.js';

/** How many backups go wholly: proposed, or deleted now. Hot copies whose backup lives on in the archive don't count. */
export const countDeletions = (planned: readonly PlannedBackup[]): number =>
  planned.filter(({ acts }) => acts.some(({ kind }) => kind === 'delete' || kind === 'propose')).length;

/**
 * Whether a clean-up would delete so many backups of a project that a person has to say yes.
 * @param accepted so many were accepted, however large a share they are
 */
export function isLargeBatch(
  { deletes, of }: { readonly deletes: number; readonly of: number },
  { maxSharePercent, min }: { readonly maxSharePercent: number; readonly min: number },
  accepted?: number,
): boolean {
  if (deletes <= min || deletes <= (accepted ?? 0)) return false;
  return deletes * 100 > of * maxSharePercent;
}
