import type { ChosenBackup } from '../restore/events.js';
import { isEnded, localCopy, type BackupState } from './state.js';

/** One copy that can be restored. */
export interface RestorableCopy {
  readonly storage: string;
  readonly path: string;
  /** Whether it was ever read back; a copy that was only found in its storage was not. */
  readonly verified: boolean;
}

/**
 * The copies that can be restored: verified ones first, and among them the local one first, as it is nearest. None for a run that
 * has not ended, or whose copies all failed.
 */
export function restorableCopies(state: BackupState): RestorableCopy[] {
  if (!isEnded(state) || !state.archived) return [];
  const copies = [...state.archived.copies].flatMap(([storage, copy]): RestorableCopy[] =>
    copy.state === 'verified' || copy.state === 'present'
      ? [{ storage, path: copy.path, verified: copy.state === 'verified' }]
      : [],
  );
  const rank = ({ storage, verified }: RestorableCopy): number => (verified ? 0 : 2) + (storage === localCopy ? 0 : 1);
  return copies.sort((a, b) => rank(a) - rank(b));
}

/** What a restore needs, without the name and id; or, in a few words, why it is not possible. */
export type Restorability =
  | { readonly kind: 'restorable'; readonly from: Pick<ChosenBackup, 'archive' | 'copies'> }
  | { readonly kind: 'not'; readonly why: string };

/** Whether a backup can be restored: it has ended, and has a copy that is not known to be broken. */
export function restorability(state: BackupState): Restorability {
  if (!isEnded(state)) return { kind: 'not', why: state.status === 'unknown' ? 'never begun' : 'still running' };
  const copies = restorableCopies(state);
  if (!state.archived || copies.length === 0) {
    return { kind: 'not', why: state.status === 'failed' ? 'failed' : 'no good copy' };
  }
  const { size, sha256, manifestSha256, entries, sourceBytes, encrypted } = state.archived.archive;
  const archive = { size, sha256, manifestSha256, entries, sourceBytes, encrypted };
  return { kind: 'restorable', from: { archive, copies: copies.map(({ storage, path }) => ({ storage, path })) } };
}
