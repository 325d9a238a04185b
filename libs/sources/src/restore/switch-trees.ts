// Puts staged files in place of the live ones and keeps the old; takes that back, or removes the old, when a person says so.
import { SourceError } from '../errors.js';
import { exists } from './live-place.js';
import { readJournal, removeJournal, writeJournal, type JournalPlace } from './journal.js';
import { backwards, forwards, madeMeanwhile, type Step } from './moves.js';
import { removeAt } from './remove-tree.js';
import { restoreFailure } from './restore-failure.js';
import { keptIsTaken } from './taken-names.js';
import type { StagedTrees, TreeJournal } from './trees.js';

export interface SwitchOptions extends JournalPlace {
  /** Needed the first time; later the journal has it. */
  staged?: StagedTrees;
  /** Called before each rename. */
  onStep?: (step: Step) => Promise<void> | void;
}

/**
 * Makes everything staged live, by renames alone, and keeps what was live beside it. After a crash at any point, call it again or
 * call `undoTrees`. An error takes back what was done: what was live is live again, and nothing staged is left.
 * @returns what something else made at a live path between two renames; it is kept beside the path.
 * @throws SourceError IN_THE_WAY, RESTORE_FAILED with the live files as they were; RESTORE_UNDECIDED if taking back failed too.
 */
export async function switchTrees(options: SwitchOptions): Promise<{ madeMeanwhile: string[] }> {
  const { onStep } = options;
  try {
    for await (const step of switching(options)) await onStep?.(step);
  } catch (error) {
    await takeBack(options, error);
    throw restoreFailure(error, 'the restored files could not be put in place');
  }
  const journal = await readJournal(options);
  const aside = await Promise.all((journal?.moves ?? []).map(({ kept }) => madeMeanwhile(kept)));
  return { madeMeanwhile: aside.flatMap(({ paths }) => paths) };
}

/**
 * Puts the old files back and removes the restored ones, with any change to them since. Idempotent; does nothing where nothing
 * was switched.
 * @throws SourceError KEPT_MISSING, RESTORE_UNDECIDED: call it again when the cause is fixed.
 */
export async function undoTrees(options: Omit<SwitchOptions, 'staged'>): Promise<void> {
  try {
    for await (const step of undoing(options)) await options.onStep?.(step);
  } catch (error) {
    throw restoreFailure(error, 'the old files could not be put back');
  }
}

/** Confirms: removes the old files for good, and the journal. Idempotent. @throws SourceError RESTORE_UNDECIDED while unfinished. */
export async function removeKept(place: JournalPlace): Promise<void> {
  const journal = await readJournal(place);
  if (!journal) return;
  if (journal.state === 'open') throw new SourceError(undecided(place, 'its files are switched only in part'));
  try {
    if (journal.state === 'switched') await writeJournal(place, { ...journal, state: 'confirmed' });
    for (const { kept } of journal.moves) {
      await removeAt(kept);
      for (const path of (await madeMeanwhile(kept)).paths) await removeAt(path);
    }
    await removeStaging(journal);
    await removeJournal(place);
  } catch (error) {
    throw restoreFailure(error, 'the old files could not be removed');
  }
}

/** The steps of `switchTrees`, without taking back. Stopping between two steps is what a crash does. */
export async function* switching(options: SwitchOptions): AsyncGenerator<Step, void> {
  const journal = await begin(options);
  if (journal.state !== 'open') return;
  yield* forwards(journal.moves);
  await writeJournal(options, { ...journal, state: 'switched' });
  await tryRemoveStaging(journal);
}

/** The steps of `undoTrees`. */
export async function* undoing(place: JournalPlace): AsyncGenerator<Step, void> {
  const journal = await readJournal(place);
  if (journal === undefined) return;
  if (journal.state === 'confirmed')
    throw new SourceError(undecided(place, 'it was confirmed, and its old files are removed'));
  if (journal.state !== 'undone') {
    if (journal.state === 'switched') await writeJournal(place, { ...journal, state: 'open' });
    yield* backwards(journal.moves);
    // From here on, the staged files are not needed to decide anything, and are removed.
    await writeJournal(place, { ...journal, state: 'undone' });
  }
  await tryRemoveStaging(journal);
}

async function begin({ folder, token, staged }: SwitchOptions): Promise<TreeJournal> {
  const place = { folder, token };
  const known = await readJournal(place);
  if (known && !(staged && known.state === 'undone')) {
    if (known.state === 'open' || known.state === 'switched') return known;
    throw new SourceError(undecided(place, `it was ${known.state} already`));
  }
  if (!staged) throw new SourceError(undecided(place, 'nothing of it was staged'));
  const { moves, staging } = staged;
  for (const { kept, staged: ready } of moves) {
    if (await exists(kept)) throw new SourceError(keptIsTaken(kept));
    if (ready !== undefined && !(await exists(ready))) throw new SourceError(stagedMissing(ready));
  }
  const journal: TreeJournal = { version: 1, token, state: 'open', moves, staging };
  await writeJournal(place, journal);
  return journal;
}

async function takeBack(options: SwitchOptions, cause: unknown): Promise<void> {
  const journal = await readJournal(options);
  try {
    if (journal?.state === 'open') for await (const _ of undoing(options));
    else if (journal === undefined && options.staged) await removeStaging(options.staged);
  } catch (error) {
    const words = `the files are switched only in part, and taking them back failed: ${(error as Error).message}`;
    throw new SourceError(undecided(options, words), { cause });
  }
}

async function removeStaging({ staging }: Pick<TreeJournal, 'staging'>): Promise<void> {
  for (const folder of staging) await removeAt(folder);
}

/** The live files are decided by then. What can't be removed is tried again when the restore is confirmed. */
const tryRemoveStaging = (journal: TreeJournal): Promise<void> => removeStaging(journal).catch(() => undefined);

const stagedMissing = (path: string) => ({
  code: 'RESTORE_FAILED' as const,
  message: `${path}, which was made ready, is no longer there; nothing was changed`,
  remedy: 'Find out who moved it away, and run the restore again.',
  retryable: true,
  path,
});

const undecided = ({ token }: JournalPlace, why: string) => ({
  code: 'RESTORE_UNDECIDED' as const,
  message: `restore ${token}: ${why}`,
  remedy: 'Fix what the message says, then undo the restore, or let it complete.',
  retryable: false,
});
