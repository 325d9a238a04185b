export { EventStoreError, RevisionConflict } from './errors.js';
export { execute, loadAggregate, type Execution, type LoadedAggregate } from './execute.js';
export { inspectDurability, type DurabilityReport } from './jetstream/durability.js';
export { openJetStreamEventStore } from './jetstream/jetstream-event-store.js';
export { findNatsServer, startNatsServer, type NatsServer } from './jetstream/nats-server.js';
export type { EventStore, ExpectedRevision } from './port.js';
export { encodeToken, eventStreamName, eventSubjects, streamOf, subjectOf } from './subject.js';
export { decodeMessage } from './wire.js';
