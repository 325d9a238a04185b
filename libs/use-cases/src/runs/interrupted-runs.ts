import type { HavunConfig } from '@havun/config';
import { isRestoreEnded, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { inLanes } from '../in-lanes.js';
import { standingRestores, type KnownRestore, type RestoreDeps } from '../restores/known-restores.js';

interface Deps {
  readonly store: EventStore;
  readonly config: HavunConfig;
  /** Every backup that has begun and has not ended, as the tables have them. */
  readonly runningBackups: () => Promise<
    readonly { readonly id: string; readonly name: string; readonly host: string }[]
  >;
}

/** A run of this machine that has not ended although nobody is at work on it. */
export type InterruptedRun =
  | { readonly kind: 'backup'; readonly name: string; readonly stream: StreamId }
  | { readonly kind: 'restore'; readonly name: string; readonly stream: StreamId; readonly reached: ReachedStep };

/** What a restore was at: until the switch all is as it was. */
export type ReachedStep = 'request' | 'preparation' | 'switch' | 'undo' | 'confirmation';

/**
 * How many restores of a project are looked at. Older ones are not announced: the settlement of one, or one whose switch is
 * held up for long. The restorer takes them up all the same; a stack that stops meanwhile leaves them to the next start.
 */
const newest = 10;
const projectsAtOnce = 8;

/** Asked when no stack is up: then whatever has not ended was left by a process that was killed. */
export async function interruptedRuns({ store, config, runningBackups }: Deps): Promise<InterruptedRun[]> {
  const backups = (await runningBackups())
    .filter(({ host }) => host === config.host)
    .map(({ id, name, host }): InterruptedRun => ({
      kind: 'backup',
      name,
      stream: { host, category: 'backup', id },
    }));
  const projects = Object.keys(config.projects).filter((project) => config.projects[project]?.host === config.host);
  const restores: InterruptedRun[] = [];
  for await (const found of inLanes(projects, projectsAtOnce, (project) => openRestores({ store, config }, project)))
    restores.push(...found);
  return [...backups, ...restores];
}

async function openRestores(deps: RestoreDeps, project: string): Promise<InterruptedRun[]> {
  const open: InterruptedRun[] = [];
  for await (const { name, stream, state } of standingRestores(deps, project, { most: newest }))
    if (!isRestoreEnded(state)) open.push({ kind: 'restore', name, stream, reached: reached(state) });
  return open;
}

function reached(state: KnownRestore['state']): ReachedStep {
  switch (state.status) {
    case 'running':
      return state.switching ? 'switch' : 'preparation';
    case 'undoing':
      return 'undo';
    case 'confirming':
      return 'confirmation';
    default:
      return 'request';
  }
}
