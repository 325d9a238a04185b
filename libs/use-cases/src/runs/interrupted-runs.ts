import type { HavunConfig } from '@havun/config';
import { isRestoreEnded, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { restoresOf, type KnownRestore } from '../restores/request-restore.js';

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

/** Asked when no stack is up: then whatever has not ended was left by a process that was killed. */
export async function interruptedRuns({ store, config, runningBackups }: Deps): Promise<InterruptedRun[]> {
  const backups = (await runningBackups())
    .filter(({ host }) => host === config.host)
    .map(({ id, name, host }): InterruptedRun => ({
      kind: 'backup',
      name,
      stream: { host, category: 'backup', id },
    }));
  const restores: InterruptedRun[] = [];
  for (const [project, { host }] of Object.entries(config.projects)) {
    if (host !== config.host) continue;
    for await (const { name, stream, state } of restoresOf({ store, config }, project)) {
      if (!isRestoreEnded(state)) restores.push({ kind: 'restore', name, stream, reached: reached(state) });
    }
  }
  return [...backups, ...restores];
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
