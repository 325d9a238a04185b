import { backupDecider, type Failure, type ProposedDeletion } from '@havun/domain';
import { execute } from '@havun/event-store';
import { findRun } from '../runs/find-run.js';
import type { HoldDeps } from './holds.js';

/** An archive that is to be deleted, and can still be kept. */
export interface ListedDeletion extends ProposedDeletion {
  readonly name: string;
  readonly project: string;
  /** Its cooling-off time is over: the next clean-up deletes it. */
  readonly isDue: boolean;
}

/** The proposed deletions, the next to happen first. */
export async function listDeletions(
  { clock }: Pick<HoldDeps, 'clock'>,
  tables: {
    backupsHeldOrProposed(): Promise<
      readonly { readonly name: string; readonly project: string; readonly deletion: ProposedDeletion | null }[]
    >;
  },
): Promise<ListedDeletion[]> {
  const now = clock.now().toISOString();
  return (await tables.backupsHeldOrProposed())
    .flatMap(({ name, project, deletion }) =>
      deletion ? [{ name, project, ...deletion, isDue: deletion.notBefore <= now }] : [],
    )
    .sort((one, other) => (one.notBefore < other.notBefore ? -1 : 1));
}

export type CancelOutcome =
  | { readonly kind: 'cancelled'; readonly name: string; readonly holdId: string }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/** The backup is kept, as by a hold: it is released like one. */
export async function cancelDeletion(
  deps: HoldDeps,
  { name, by, reason }: { readonly name: string; readonly by: string; readonly reason: string },
): Promise<CancelOutcome> {
  const found = await findRun(deps, name);
  if (found.kind === 'none') return { kind: 'refused', refusal: found.refusal };
  const { stream } = found;
  if (stream.category !== 'backup') return { kind: 'refused', refusal: noBackup(name) };
  const holdId = deps.ids.uuid();
  const { decision } = await execute({
    store: deps.store,
    decider: backupDecider,
    stream,
    command: { type: 'CancelDeletion', now: deps.clock.now().toISOString(), holdId, by, reason },
    meta: { ids: deps.ids, source: deps.source, correlationId: stream.id },
  });
  return decision.kind === 'refused' ? decision : { kind: 'cancelled', name, holdId };
}

const noBackup = (name: string): Failure => ({
  code: 'NOT_A_BACKUP',
  message: `"${name}" is not a backup`,
  remedy: 'See what is proposed with «havun deletion:list».',
});
