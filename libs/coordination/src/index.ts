export { answerHealth, askHealth } from './health.js';
export { Leases, projectLeaseKey, workLeaseKey } from './leases.js';
export { ProgressPublisher, subscribeProgress, type RunProgress, type ProgressSubscription } from './progress.js';
export { StreamHints } from './stream-hints.js';
export { Watchdog } from './watchdog.js';
