import type { EventStoreErrorCode } from './errors.js';

export type SyncProblemCode = 'SYNC_NOT_ALWAYS' | 'SYNC_UNKNOWN';

export interface DurabilityProblem {
  readonly code: EventStoreErrorCode | SyncProblemCode | 'TOO_FEW_REPLICAS';
  readonly message: string;
  readonly remedy: string;
}

/** `degraded`: acknowledged events could be lost, or were lost already. The problems say how, and what to do. */
export interface DurabilityReport {
  readonly level: 'durable' | 'degraded';
  readonly serverVersion: string;
  readonly problems: readonly DurabilityProblem[];
}
