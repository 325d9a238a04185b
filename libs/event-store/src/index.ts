export { checkHead } from './check-head.js';
export { EventIdConflict, EventStoreError, RevisionConflict, type EventStoreErrorCode } from './errors.js';
export {
  execute,
  loadAggregate,
  loadLast,
  type ExecuteOptions,
  type Execution,
  type LoadedAggregate,
} from './execute.js';
export type { DurabilityProblem, DurabilityReport } from './durability-report.js';
export { LogFollower, type FollowOptions, type LogReader } from './follow-log.js';
export { ensureEventStream, problemsOf, type EventStreamOptions } from './jetstream/event-stream.js';
export { openJetStreamEventStore } from './jetstream/jetstream-event-store.js';
export { findNatsServer, startNatsServer, type NatsServer, type NatsServerOptions } from './jetstream/nats-server.js';
export { checkServerVersion } from './jetstream/server-version.js';
export { openEventStore, type EventStoreConfig, type OpenOptions } from './open-event-store.js';
export type { Appended, EventStore, EventStoreDescription, ExpectedRevision } from './port.js';
export { decodeToken, encodeToken, eventStreamName, eventSubjects, streamOf, subjectOf } from './subject.js';
export { decodeMessage, encodeEvent, type StoredMessage, type WireMessage } from './wire.js';
