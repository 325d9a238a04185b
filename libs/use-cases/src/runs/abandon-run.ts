import {
  copiesToUpload,
  copiesToVerify,
  isEnded,
  type Failure,
  type RestoreEventType,
  type StreamId,
  type SystemEvent,
} from '@havun/domain';
import { streamOf } from '@havun/event-store';
import type { RunsByKind } from './runs.js';

type Quarantined = SystemEvent['data'];

interface Deps {
  readonly runs: RunsByKind;
  readonly logger: { error(details: object, message: string): void };
}

/** The part of a run that a service does: a stage of a backup, or restores and drills, or clean-ups, as a whole. */
export type RunPart = 'archive' | 'upload' | 'verify' | 'restore' | 'retention';

/** Ends a run whose event was quarantined, so that it is not «in progress» for ever. Never throws. */
export async function abandonRun(context: Deps, quarantined: Quarantined, stage: RunPart): Promise<void> {
  const stream = streamOf(quarantined.subject);
  if (!stream) return;
  try {
    await abandon(context, stream, quarantined, stage);
  } catch (error) {
    context.logger.error({ err: error, run: stream.id }, 'the run of a quarantined event could not be ended');
  }
}

async function abandon(
  { runs }: Deps,
  stream: StreamId,
  { eventId, eventType, deliveries, code, message, remedy }: Quarantined,
  stage: RunPart,
): Promise<void> {
  const failure = { code, message, remedy };
  switch (stream.category) {
    case 'backup':
      if (stage === 'restore' || stage === 'retention') return;
      await runs.backup.abandon(stream, eventId, { type: 'FailBackup', stage, ...failure });
      return abandonRetry(runs.backup, { stream, eventId, stage, failure, attempts: deliveries });
    case 'restore':
      return runs.restore.abandon(stream, eventId, {
        type: 'AbandonRestore',
        eventType: eventType as RestoreEventType,
        ...failure,
      });
    case 'drill':
      return runs.drill.abandon(stream, eventId, { type: 'FailDrill', ...failure });
    case 'retention':
      if (eventType === 'CleanupRequested')
        await runs.cleanup.abandon(stream, eventId, { type: 'FailCleanup', ...failure });
      if (eventType === 'ReconciliationRequested')
        await runs.reconciliation.abandon(stream, eventId, { type: 'FailReconciliation', ...failure });
      return;
    case 'project':
    case 'notification':
    case 'system':
      return;
  }
}

interface AbandonedStage {
  readonly stream: StreamId;
  readonly eventId: string;
  readonly stage: RunPart;
  readonly failure: Failure;
  readonly attempts: number;
}

/** Of a backup that has ended, each copy that this stage was to try again has failed: a retry may be asked for once more. */
async function abandonRetry(
  runs: RunsByKind['backup'],
  { stream, eventId, stage, failure, attempts }: AbandonedStage,
): Promise<void> {
  const state = await runs.load(stream);
  if (!isEnded(state)) return;
  if (stage === 'upload')
    for (const storage of copiesToUpload(state))
      await runs.abandon(stream, eventId, { type: 'RecordUploadFailure', storage, attempts, ...failure });
  if (stage === 'verify')
    for (const copy of copiesToVerify(state))
      await runs.abandon(stream, eventId, { type: 'RecordVerificationFailure', ...copy, ...failure });
}
