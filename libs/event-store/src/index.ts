export { EventStoreError, RevisionConflict } from './errors.js';
export { execute, loadAggregate, loadLast, type Execution, type LoadedAggregate } from './execute.js';
export { LogFollower } from './follow-log.js';
export { openJetStreamEventStore } from './jetstream/jetstream-event-store.js';
export { findNatsServer, startNatsServer, type NatsServer } from './jetstream/nats-server.js';
export { openEventStore } from './open-event-store.js';
export type { EventStore, EventStoreDescription, ExpectedRevision } from './port.js';
export { encodeToken, eventStreamName, eventSubjects, streamOf, subjectOf } from './subject.js';
export { decodeMessage, encodeEvent } from './wire.js';
