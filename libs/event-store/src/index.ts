export {
  EventIdConflict,
  EventStoreError,
  RevisionConflict,
  type EventStoreErrorCode,
  type EventStoreErrorOptions,
} from './errors.js';
export type { Appended, EventStore, ExpectedRevision } from './event-store.js';
export {
  checkHead,
  execute,
  loadAggregate,
  type Aggregate,
  type ExecuteOptions,
  type Execution,
  type ExecutionMeta,
} from './execute.js';
export {
  allEventSubjects,
  decodeToken,
  encodeToken,
  eventStreamName,
  eventSubjects,
  streamIdOf,
  subjectOf,
} from './subjects.js';
