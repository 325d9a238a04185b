import {
  cancelledBy,
  copiesToUpload,
  copiesToVerify,
  isCancelled,
  isEnded,
  type DeliveredEvent,
  type Failure,
  type StreamId,
} from '@havun/domain';
import type { BackupRuns } from './runs.js';

/** How often it is looked whether somebody has asked for the end of a run, in milliseconds. */
const lookMs = 1_000;

/** The reason of the signal of work that was cancelled. */
class Cancelled extends Error {
  constructor() {
    super('the backup was cancelled');
    this.name = 'Cancelled';
  }
}

/** Why the run is to end, or has ended, before its work is done; undefined where nobody asked for that. */
export async function cancellationOf(runs: BackupRuns, stream: StreamId): Promise<Failure | undefined> {
  const state = await runs.load(stream);
  if (state.status === 'unknown') return undefined;
  if (isEnded(state)) {
    const isRetried = copiesToUpload(state).length + copiesToVerify(state).length > 0;
    return isCancelled(state) && !isRetried ? state.failure : undefined;
  }
  return state.cancelling && cancelledBy(state.cancelling);
}

/**
 * Does the work of a stage, and aborts it when somebody asks for the end of the run; `onCancel` then cleans up, and the
 * run is ended as failed. @returns whether it was cancelled. @throws what the work throws, and the abort's reason
 */
export async function unlessCancelled(
  runs: BackupRuns,
  event: DeliveredEvent,
  {
    stage,
    signal,
    work,
    onCancel,
  }: {
    readonly stage: 'archive' | 'upload' | 'verify';
    readonly signal: AbortSignal;
    readonly work: (signal: AbortSignal) => Promise<void>;
    readonly onCancel: () => Promise<void>;
  },
): Promise<boolean> {
  const cancel = new AbortController();
  const look = async (): Promise<void> => {
    if (await cancellationOf(runs, event.stream)) cancel.abort(new Cancelled());
  };
  const timer = setInterval(() => void look().catch(() => undefined), lookMs);
  try {
    await look();
    if (!cancel.signal.aborted) await work(AbortSignal.any([signal, cancel.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (!cancel.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
  }
  if (!cancel.signal.aborted) return false;
  await onCancel();
  const failure = await cancellationOf(runs, event.stream);
  if (failure) await runs.record(event, { type: 'FailBackup', stage, ...failure });
  return true;
}
