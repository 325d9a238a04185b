export { MessagingError, RetryLater, type MessagingErrorCode } from './errors.js';
export { EventContext } from './event-context.js';
export { HandlerErrors } from './handler-errors.js';
export { JetStreamStrategy, type JetStreamStrategyOptions } from './jetstream-strategy.js';
export type { MessagingLog } from './log.js';
