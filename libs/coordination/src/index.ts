export { answerHealth, askHealth, type HealthAnswer, type HealthIdentity, type HealthSource } from './health.js';
export type { Lease, LeaseRecord } from './held-lease.js';
export { LeaseLost } from './lease-lost.js';
export { Leases, projectLeaseKey, workLeaseKey, type Acquisition, type LeasesOptions } from './leases.js';
export { ProgressPublisher, subscribeProgress, type RunProgress, type ProgressSubscription } from './progress.js';
export { StreamHints } from './stream-hints.js';
export { Watchdog } from './watchdog.js';
