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

/** The interval at which a stage checks for a cancellation, in milliseconds. */
const lookMs = 1_000;

/** The abort reason of cancelled work. */
class Cancelled extends Error {
  constructor() {
    super('the backup was cancelled');
    this.name = 'Cancelled';
  }
}

/** Why the run must end, or has ended, before its work is done; undefined where nobody cancelled it. */
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
 * Does the work of a stage, and aborts it when somebody cancels the run; then `onCancel` cleans up, and the run ends as failed.
 * @returns whether it was cancelled. @throws what the work throws, and the abort's reason
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
