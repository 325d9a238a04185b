export { MessagingError, RetryLater, type MessagingErrorCode } from './errors.js';
export { EventContext } from './event-context.js';
export { answerHealth, askHealth, type HealthAnswer, type HealthIdentity, type HealthSource } from './health.js';
export type { Lease, LeaseRecord } from './held-lease.js';
export { HandlerErrors } from './handler-errors.js';
export { JetStreamStrategy, type JetStreamStrategyOptions } from './jetstream-strategy.js';
export { Leases, projectLeaseKey, workLeaseKey, type Acquisition, type LeasesOptions } from './leases.js';
export type { MessagingLog } from './log.js';
export { ProgressPublisher, subscribeProgress, type Progress, type ProgressSubscription } from './progress.js';
