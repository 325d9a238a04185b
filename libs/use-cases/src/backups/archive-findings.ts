import { z } from 'zod';
import type { HavunConfig } from '@havun/config';
import { archivedIn, backupDecider, hasAll, restorability, type StreamId } from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { openCopy } from '@havun/restore';
import type { Storages } from '@havun/storage';

/** What the manifest of a backup says of its source, with the names that the log does not have (D4). */
export interface ArchiveFindings {
  readonly missing: readonly ArchiveFinding[];
  readonly warnings: readonly ArchiveFinding[];
}

export interface ArchiveFinding {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
  readonly path?: string | undefined;
}

/** `none`: there is nothing to name. `unread`: no copy could be opened here, and why. */
export type FoundFindings =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'found'; readonly storage: string } & ArchiveFindings)
  | { readonly kind: 'unread'; readonly why: string };

const finding = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  path: z.string().optional(),
});
const findings = z.array(finding).catch([]).default([]);

/** The longest time for opening a copy, in milliseconds. */
const patienceMs = 30_000;

/** Reads the manifest of the nearest copy that opens, if the log says that there is something to name. Never throws for a copy. */
export async function archiveFindings(
  { config, store, storages }: { config: HavunConfig; store: EventStore; storages: () => Storages },
  stream: StreamId,
): Promise<FoundFindings> {
  const { state } = await loadAggregate(store, backupDecider, stream);
  const archive = archivedIn(state)?.archive;
  if (state.status === 'unknown' || !archive) return { kind: 'none' };
  if (hasAll(archive) && archive.warnings.length === 0) return { kind: 'none' };
  const verdict = restorability(state);
  if (verdict.kind === 'not') return { kind: 'unread', why: verdict.why };
  const { name, project } = state.request;
  const backup = { id: stream.id, name, ...verdict.from };
  const places = storages();
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const { opened, rejected } = await openCopy({ config, storages: places, project, backup, signal });
    if (!opened) return { kind: 'unread', why: rejected.map(({ message }) => message).join('; ') || 'no copy is here' };
    try {
      const { details } = (await opened.archive.manifest()).manifest;
      const [missing, warnings] = [findings.parse(details['missing']), findings.parse(details['warnings'])];
      return { kind: 'found', storage: opened.storage, missing, warnings };
    } finally {
      await opened.archive.close();
    }
  } catch (error) {
    return { kind: 'unread', why: (error as Error).message };
  } finally {
    await places.close();
  }
}
