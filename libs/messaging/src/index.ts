export { RetryLater } from './errors.js';
export { EventContext } from './event-context.js';
export { HandlerErrors } from './handler-errors.js';
export { JetStreamStrategy } from './jetstream-strategy.js';
