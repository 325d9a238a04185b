import {
  projectRetentionDecider,
  projectRetentionStream,
  type Clock,
  type DeliveredEvent,
  type Ids,
  type ProjectRetentionCommand,
} from '@havun/domain';
import { execute, type EventStore } from '@havun/event-store';
import type { Step } from '@havun/use-cases';

export interface AskingDeps {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Which program appends. */
  readonly source: string;
  readonly cause: DeliveredEvent;
  readonly project: string;
}

/** Records what becomes of a project's policy, beside its clean-up. */
export async function decideRetention(
  { store, clock, ids, source, cause, project }: AskingDeps,
  step: Step<ProjectRetentionCommand>,
): Promise<void> {
  await execute({
    store,
    decider: projectRetentionDecider,
    stream: projectRetentionStream(cause.stream.host, project),
    command: { ...step, now: clock.now().toISOString() },
    meta: { ids, source, correlationId: cause.correlationId, causationId: cause.id },
  });
}
