import { projectHost, type HavunConfig } from '@havun/config';
import { isRestoreName, projectInName, type Failure, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';

interface Deps {
  readonly store: EventStore;
  readonly config: HavunConfig;
}

export type FoundRun =
  { readonly kind: 'found'; readonly stream: StreamId } | { readonly kind: 'none'; readonly refusal: Failure };

/** The stream of the backup or restore with this name. Its project may no longer be configured. */
export async function findRun({ store, config }: Deps, name: string): Promise<FoundRun> {
  const project = projectInName(name);
  if (project === undefined) return unknown(name, 'A name looks like 2025-11-21-03-00-00-havunadmin.');
  const [category, list] = isRestoreName(name)
    ? (['restore', 'restore:list'] as const)
    : (['backup', 'backup:list'] as const);
  // The backups of a project that has moved, or has left the configuration, stay under their host of that time.
  const hosts = new Set([projectHost(config, project), config.host]);
  for (const host of hosts) {
    const id = await new ProjectNames(store, host, project).idOf(category === 'backup' ? 'backups' : 'restores', name);
    if (id !== undefined) return { kind: 'found', stream: { host, category, id } };
  }
  return unknown(name, `See the names with: havun ${list} --project=${project}`);
}

const unknown = (name: string, remedy: string): FoundRun => {
  const kind = isRestoreName(name) ? 'restore' : 'backup';
  return {
    kind: 'none',
    refusal: { code: `UNKNOWN_${kind.toUpperCase()}`, message: `There is no ${kind} "${name}"`, remedy },
  };
};
