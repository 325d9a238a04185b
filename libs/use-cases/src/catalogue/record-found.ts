import { backupDecider, takenName, type CatalogueBackup, type Failure, type StreamId } from '@havun/domain';
import { execute, loadAggregate } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';
import type { RequestDeps } from '../backups/request-backup.js';

/** A backup as found in the storages. `id` is that of its manifest. */
export type FoundBackup = Omit<CatalogueBackup, 'type' | 'now'> & { readonly id: string; readonly host: string };

export type FoundOutcome =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'known'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/**
 * Records what was found of one backup: its name, then the backup itself. Running it twice changes nothing. `dryRun` only reports
 * what would be done. A caller with thousands of one project's backups passes the `names` of the project, which cache their reads.
 */
export async function recordFound(
  deps: Pick<RequestDeps, 'store' | 'clock' | 'ids' | 'source'>,
  { id, host, ...found }: FoundBackup,
  { dryRun = false, names }: { readonly dryRun?: boolean; readonly names?: ProjectNames } = {},
): Promise<FoundOutcome> {
  const now = deps.clock.now().toISOString();
  const { store } = deps;
  const stream: StreamId = { host, category: 'backup', id };
  const command: CatalogueBackup = { type: 'CatalogueBackup', now, ...found };
  const backup = await loadAggregate(store, backupDecider, stream);
  const { state } = backup;
  if (state.status !== 'unknown' && state.request.name !== found.name)
    return { kind: 'refused', refusal: takenName(found.name) };
  const intended = backupDecider.decide(command, state);
  if (intended.kind === 'refused') return intended;
  const meta = { ids: deps.ids, source: deps.source, correlationId: id };
  const known = names ?? new ProjectNames(store, host, found.project);
  const adopted = await known.adopt({ name: found.name, id }, { ...meta, clock: deps.clock }, dryRun);
  if (typeof adopted !== 'string') return { kind: 'refused', refusal: adopted };
  if (intended.kind === 'nothing' && adopted === 'known') return { kind: 'known', why: intended.why };
  if (dryRun) return { kind: 'recorded' };
  const { decision } = await execute({ store, decider: backupDecider, stream, command, meta, loaded: backup });
  return decision.kind === 'refused' ? decision : { kind: 'recorded' };
}
