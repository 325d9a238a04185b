import type { Failure, RestoreEvent, RestoreEventData } from '@havun/domain';

/** How a restore ended. */
export interface RestoreOutcome {
  /** `held-up`: the switch has begun, and is retried until it can end. */
  readonly status: 'completed' | 'failed' | 'held-up' | 'running';
  readonly seconds?: number;
  /** The copy that was restored. */
  readonly storage?: string;
  readonly safetyBackup?: { readonly name: string; readonly status: string };
  readonly kept?: RestoreEventData<'RestoreCompleted'>['kept'];
  readonly warnings?: RestoreEventData<'RestoreCompleted'>['warnings'];
  readonly failure?: Failure & Pick<RestoreEventData<'RestoreFailed'>, 'stage' | 'target'>;
  readonly heldUp?: RestoreEventData<'SwitchHeldUp'>;
}

export function restoreOutcome(events: readonly RestoreEvent[]): RestoreOutcome {
  const safety = events.find((event) => event.type === 'SafetyBackupMade')?.data;
  const facts = safety ? { safetyBackup: { name: safety.name, status: safety.status } } : {};
  const end = events.at(-1);
  if (end?.type === 'RestoreCompleted') {
    const { storage, kept, warnings, durationSeconds: seconds } = end.data;
    return { ...facts, status: 'completed', seconds, storage, kept, warnings };
  }
  if (end?.type === 'RestoreFailed') {
    const { durationSeconds: seconds, ...failure } = end.data;
    return { ...facts, status: 'failed', seconds, failure };
  }
  if (end?.type === 'SwitchHeldUp') return { ...facts, status: 'held-up', heldUp: end.data };
  return { ...facts, status: 'running' };
}
