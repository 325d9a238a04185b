import {
  backupDecider,
  projectDecider,
  type AdoptBackupName,
  type CatalogueBackup,
  type Failure,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate } from '@havun/event-store';
import type { RequestDeps } from './request-backup.js';

/** A backup as it was found in the storages. `id` is its manifest's. */
export type FoundBackup = Omit<CatalogueBackup, 'type' | 'now'> & { readonly id: string; readonly host: string };

export type FoundOutcome =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'known'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/**
 * Brings the log up to what was found of one backup: its name, then the backup itself. Doing it twice changes nothing.
 * With `dryRun` only says what would be done.
 */
export async function recordFound(
  deps: Pick<RequestDeps, 'store' | 'clock' | 'ids' | 'source'>,
  { id, host, ...found }: FoundBackup,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<FoundOutcome> {
  const now = deps.clock.now().toISOString();
  const { store } = deps;
  const names: StreamId = { host, category: 'project', id: found.project };
  const stream: StreamId = { host, category: 'backup', id };
  const command: CatalogueBackup = { type: 'CatalogueBackup', now, ...found };
  const { state } = await loadAggregate(store, backupDecider, stream);
  const intended = backupDecider.decide(command, state);
  if (intended.kind === 'refused') return intended;
  const adopt: AdoptBackupName = { type: 'AdoptBackupName', now, name: found.name, backupId: id };
  const adoption = projectDecider.decide(adopt, (await loadAggregate(store, projectDecider, names)).state);
  if (adoption.kind === 'refused') return adoption;
  if (intended.kind === 'nothing' && adoption.kind === 'nothing') return { kind: 'known', why: intended.why };
  if (dryRun) return { kind: 'recorded' };
  const meta = { ids: deps.ids, source: deps.source, correlationId: id };
  const adopted = await execute({
    store,
    decider: projectDecider,
    stream: names,
    command: adopt,
    meta,
  });
  if (adopted.decision.kind === 'refused') return adopted.decision;
  const { decision } = await execute({ store, decider: backupDecider, stream, command, meta });
  return decision.kind === 'refused' ? decision : { kind: 'recorded' };
}
