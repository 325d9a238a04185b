export { eventStoreContract } from './event-store-contract.js';
export { anEvent, aStream } from './events.js';
export { InMemoryEventStore } from './in-memory-event-store.js';
export { publishReleasedLog, readReleasedEvents, readReleasedLog } from './released-log.js';
