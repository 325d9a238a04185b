import {
  projectRetentionDecider,
  projectRetentionStream,
  type DeliveredEvent,
  type ProjectRetentionCommand,
} from '@havun/domain';
import { execute } from '@havun/event-store';
import type { Step } from '@havun/use-cases';
import type { CleanupDeps } from './clean-up-project.js';

export interface AskingDeps extends Pick<CleanupDeps, 'store' | 'clock' | 'ids' | 'source'> {
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
    command: { ...step, now: clock.now().toISOString() } as ProjectRetentionCommand,
    meta: { ids, source, correlationId: cause.correlationId, causationId: cause.id },
  });
}
