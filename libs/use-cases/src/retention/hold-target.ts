import { projectHost, type HavunConfig } from '@havun/config';
import { isRestoreName, projectInName, projectRetentionStream, type Failure, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';
import { findRun } from '../runs/find-run.js';

/** What a hold is on: one backup, or everything of a project. */
export type HoldTarget =
  | { readonly kind: 'backup'; readonly name: string; readonly project: string; readonly stream: StreamId }
  | { readonly kind: 'project'; readonly name: string; readonly project: string; readonly stream: StreamId };

export type FoundTarget =
  { readonly kind: 'found'; readonly target: HoldTarget } | { readonly kind: 'refused'; readonly refusal: Failure };

interface Deps {
  readonly store: EventStore;
  readonly config: HavunConfig;
}

/**
 * The project or backup of this name. A backup may be named by its date and time alone; a project may have left the
 * configuration, if it has backups. Refused where there is none, or more than one.
 */
export async function findHoldTarget(deps: Deps, name: string): Promise<FoundTarget> {
  const found = [...(await projectNamed(deps, name)), ...(await backupsNamed(deps, name))];
  const [target] = found;
  if (target && found.length === 1) return { kind: 'found', target };
  return { kind: 'refused', refusal: target ? ambiguous(name, found) : unknown(name) };
}

/** Longer names are no project's. */
const longestProject = 50;

async function projectNamed({ store, config }: Deps, name: string): Promise<HoldTarget[]> {
  const host = projectHost(config, name);
  const isKnown =
    Object.hasOwn(config.projects, name) ||
    (name.length > 0 &&
      name.length <= longestProject &&
      (await new ProjectNames(store, host, name).range('backups')) !== undefined);
  return isKnown ? [{ kind: 'project', name, project: name, stream: projectRetentionStream(host, name) }] : [];
}

async function backupsNamed(deps: Deps, name: string): Promise<HoldTarget[]> {
  if (isRestoreName(name)) return [];
  const project = projectInName(name);
  if (project !== undefined) {
    const run = await findRun(deps, name);
    return run.kind === 'found' ? [{ kind: 'backup', name, project, stream: run.stream }] : [];
  }
  if (!/^\d{4}(-\d\d){5}$/.test(name)) return [];
  const all = await Promise.all(Object.keys(deps.config.projects).map((each) => backupsNamed(deps, `${name}-${each}`)));
  return all.flat();
}

const unknown = (name: string): Failure => ({
  code: 'UNKNOWN_NAME',
  message: `There is no backup and no project "${name}"`,
  remedy: 'See the backups with «havun backup:list», and the projects with «havun config:check».',
});

const ambiguous = (name: string, found: readonly HoldTarget[]): Failure => ({
  code: 'AMBIGUOUS_NAME',
  message: `"${name}" is the name of ${found.map((each) => (each.kind === 'project' ? `the project ${each.name}` : each.name)).join(', and of ')}`,
  remedy: 'Give the whole name of the backup.',
});
