import type { DomainEvent, RecordedEvent, StreamId } from '@havun/domain';
import { followRun, type FollowDeps } from './follow-run.js';
import type { RunKind } from './run-kinds.js';

export interface FollowedRun {
  readonly stream: StreamId;
  /** Events before this position are skipped. */
  readonly from?: number;
}

export interface FollowRunsOptions<Event extends DomainEvent, Run extends FollowedRun> {
  readonly kind: Pick<RunKind<Event>, 'isOver'>;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: Event, run: Run) => void;
  readonly onEnd?: (run: Run) => void;
}

/** Follows several runs of a kind at once. @returns the events of each, to its end or to the signal */
export function followRuns<Event extends DomainEvent, Run extends FollowedRun>(
  deps: FollowDeps,
  runs: readonly Run[],
  { kind, signal, onEvent, onEnd }: FollowRunsOptions<Event, Run>,
): Promise<RecordedEvent<Event>[][]> {
  const followOne = async (run: Run): Promise<RecordedEvent<Event>[]> => {
    const history: RecordedEvent<Event>[] = [];
    const options = { isOver: kind.isOver, signal, ...(run.from !== undefined && { from: run.from }) };
    for await (const recorded of followRun<Event>(deps, run.stream, options)) {
      history.push(recorded);
      onEvent?.(recorded.event, run);
    }
    onEnd?.(run);
    return history;
  };
  return Promise.all(runs.map(followOne));
}
