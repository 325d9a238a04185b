import type { HavunConfig } from '@havun/config';
import { isRestoreEnded, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { inLanes } from '../in-lanes.js';
import { standingRestores, type KnownRestore, type RestoreDeps } from '../restores/known-restores.js';

interface Deps {
  readonly store: EventStore;
  readonly config: HavunConfig;
  /** Every backup that has begun and has not ended, according to the tables. */
  readonly runningBackups: () => Promise<
    readonly { readonly id: string; readonly name: string; readonly host: string }[]
  >;
}

/** A run of this machine that has not ended although nobody works on it. */
export type InterruptedRun =
  | { readonly kind: 'backup'; readonly name: string; readonly stream: StreamId }
  | { readonly kind: 'restore'; readonly name: string; readonly stream: StreamId; readonly reached: ReachedStep };

/** The part that a restore was in. Before the switch, everything is as it was. */
export type ReachedStep = 'request' | 'preparation' | 'switch' | 'undo' | 'confirmation';

/**
 * The number of a project's restores that are read. An older unfinished one, such as an undo or a switch that was held up for
 * long, is not announced. The restorer resumes it all the same; a stack that stops meanwhile leaves it to the next start.
 */
const newest = 10;
const projectsAtOnce = 8;

/** Called when no stack is up: then a killed process has left whatever has not ended. */
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
