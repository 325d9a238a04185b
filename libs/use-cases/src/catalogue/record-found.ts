import {
  backupDecider,
  projectDecider,
  type AdoptBackupName,
  type CatalogueBackup,
  type Failure,
  type ProjectState,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate, type LoadedAggregate } from '@havun/event-store';
import type { RequestDeps } from '../backups/request-backup.js';

/** A backup as it was found in the storages. `id` is its manifest's. */
export type FoundBackup = Omit<CatalogueBackup, 'type' | 'now'> & { readonly id: string; readonly host: string };

export type FoundOutcome =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'known'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/** One project's names, for a caller with thousands of its backups: they are read at the first, and kept up from then on. */
export interface KnownNames {
  loaded?: Omit<LoadedAggregate<ProjectState>, 'events'>;
}

/**
 * Brings the log up to what was found of one backup: its name, then the backup itself. Doing it twice changes nothing.
 * With `dryRun` only says what would be done.
 */
export async function recordFound(
  deps: Pick<RequestDeps, 'store' | 'clock' | 'ids' | 'source'>,
  { id, host, ...found }: FoundBackup,
  { dryRun = false, known = {} }: { readonly dryRun?: boolean; readonly known?: KnownNames } = {},
): Promise<FoundOutcome> {
  const now = deps.clock.now().toISOString();
  const { store } = deps;
  const names: StreamId = { host, category: 'project', id: found.project };
  const stream: StreamId = { host, category: 'backup', id };
  const command: CatalogueBackup = { type: 'CatalogueBackup', now, ...found };
  const backup = await loadAggregate(store, backupDecider, stream);
  const intended = backupDecider.decide(command, backup.state);
  if (intended.kind === 'refused') return intended;
  const adopt: AdoptBackupName = { type: 'AdoptBackupName', now, name: found.name, backupId: id };
  const loaded = (known.loaded ??= await loadAggregate(store, projectDecider, names));
  const adoption = projectDecider.decide(adopt, loaded.state);
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
    loaded,
  });
  if (adopted.event) known.loaded = { state: adopted.state, revision: adopted.event.revision };
  if (adopted.decision.kind === 'refused') return adopted.decision;
  const { decision } = await execute({ store, decider: backupDecider, stream, command, meta, loaded: backup });
  return decision.kind === 'refused' ? decision : { kind: 'recorded' };
}
