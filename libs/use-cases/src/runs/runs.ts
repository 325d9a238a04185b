import {
  backupDecider,
  cleanupDecider,
  drillDecider,
  failureOf,
  reconciliationDecider,
  restoreDecider,
  type BackupCommand,
  type BackupEvent,
  type BackupState,
  type CleanupCommand,
  type CleanupEvent,
  type CleanupState,
  type Clock,
  type Decider,
  type DomainEvent,
  type DrillCommand,
  type DrillEvent,
  type DrillState,
  type Failure,
  type Ids,
  type DeliveredEvent,
  type ReconciliationCommand,
  type ReconciliationEvent,
  type ReconciliationState,
  type RestoreCommand,
  type RestoreEvent,
  type RestoreState,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate, type EventStore, type Execution, type LoadedAggregate } from '@havun/event-store';
import type { Scrub } from '@havun/config';
import { runLine, type RunLine, type RunSubject } from './run-line.js';

/** A command without its `now`, which is added when it is decided. */
export type Step<Command> = Command extends unknown ? Omit<Command, 'now'> : never;

/** A domain refusal that only a defect of ours can cause. It is thrown, so that the message is quarantined and a person looks. */
export class StepRefused extends Error {
  readonly retryable = false;
  readonly code: string;
  readonly remedy: string;
  constructor({ code, message, remedy }: Failure) {
    super(message);
    this.name = 'StepRefused';
    this.code = code;
    this.remedy = remedy;
  }
}

export interface RunsDeps {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scrub: Scrub;
  /** The appending program. */
  readonly service: string;
  /** Called with every event that was appended, for the log of the service. */
  readonly onRecorded?: (line: RunLine) => void;
}

type Known<State> = Pick<LoadedAggregate<State>, 'state' | 'revision'>;

/** The number of runs whose state is cached: more than a process works on at once. */
const mostRemembered = 100;

/** The streams of one kind of run, for a service that reacts to their events: load, decide, append (D6). */
export class Runs<Command extends { readonly type: string; readonly now: string }, Event extends DomainEvent, State> {
  /** The runs' states when they were last read or stepped, by id. The next step needs no read: its append detects a change. */
  private readonly remembered = new Map<string, Known<State>>();

  constructor(
    private readonly deps: RunsDeps,
    private readonly decider: Decider<Command, Event, State>,
    private readonly subjectOf: (state: State) => RunSubject | undefined,
  ) {}

  async load(stream: StreamId): Promise<State> {
    const { state, revision } = await loadAggregate(this.deps.store, this.decider, stream);
    this.remember(stream, { state, revision });
    return state;
  }

  /**
   * Decides a step that follows from `cause`, and appends the result. Doing it twice gives one event.
   * @returns the state after it. @throws StepRefused where the step makes no sense.
   */
  record(cause: DeliveredEvent, step: Step<Command>): Promise<State> {
    return this.decide(cause.stream, step, { correlationId: cause.correlationId, causationId: cause.id });
  }

  /** Ends a run that can't go on, because the event that its next step follows from was quarantined. */
  async abandon(stream: StreamId, eventId: string, step: Step<Command>): Promise<void> {
    await this.decide(stream, step, { correlationId: stream.id, causationId: eventId });
  }

  /** The failure, fit for an event: with every secret scrubbed. */
  failure(error: unknown): Failure {
    const { code, message, remedy } = failureOf(error);
    return { code, message: this.deps.scrub(message), remedy: this.deps.scrub(remedy) };
  }

  private async decide(
    stream: StreamId,
    step: Step<Command>,
    ids: { correlationId: string; causationId: string },
  ): Promise<State> {
    const command = { ...step, now: this.deps.clock.now().toISOString() } as unknown as Command;
    const known = this.remembered.get(keyOf(stream));
    let execution = await this.execute(stream, command, ids, known);
    // Only an append proves that the cached state was still true. Where nothing is appended, decides again on a fresh read.
    if (known && !execution.event) execution = await this.execute(stream, command, ids);
    const { decision, state, event } = execution;
    if (event) {
      this.remember(stream, { state, revision: event.revision });
      this.deps.onRecorded?.(runLine(event.event, stream, this.subjectOf(state)));
    }
    if (decision.kind === 'refused') throw new StepRefused(decision.refusal);
    return state;
  }

  private execute(
    stream: StreamId,
    command: Command,
    ids: { correlationId: string; causationId: string },
    loaded?: Known<State>,
  ): Promise<Execution<State, Event>> {
    const { store, service } = this.deps;
    const meta = { ids: this.deps.ids, source: service, ...ids };
    return execute({ store, decider: this.decider, stream, command, meta, ...(loaded && { loaded }) });
  }

  private remember(stream: StreamId, known: Known<State>): void {
    const key = keyOf(stream);
    this.remembered.delete(key);
    this.remembered.set(key, known);
    const [oldest = key] = this.remembered.keys();
    if (this.remembered.size > mostRemembered) this.remembered.delete(oldest);
  }
}

const keyOf = ({ host, id }: StreamId): string => `${host} ${id}`;

const requestIn = (state: { readonly status: string; readonly request?: object }): RunSubject | undefined =>
  state.request;

export class BackupRuns extends Runs<BackupCommand, BackupEvent, BackupState> {
  constructor(deps: RunsDeps) {
    super(deps, backupDecider, requestIn);
  }
}

export class RestoreRuns extends Runs<RestoreCommand, RestoreEvent, RestoreState> {
  constructor(deps: RunsDeps) {
    super(deps, restoreDecider, requestIn);
  }
}

export class DrillRuns extends Runs<DrillCommand, DrillEvent, DrillState> {
  constructor(deps: RunsDeps) {
    super(deps, drillDecider, requestIn);
  }
}

export class CleanupRuns extends Runs<CleanupCommand, CleanupEvent, CleanupState> {
  constructor(deps: RunsDeps) {
    super(deps, cleanupDecider, requestIn);
  }
}

export class ReconciliationRuns extends Runs<ReconciliationCommand, ReconciliationEvent, ReconciliationState> {
  constructor(deps: RunsDeps) {
    super(deps, reconciliationDecider, requestIn);
  }
}

/** The runs that a service of a host works with, by kind. */
export interface RunsByKind {
  readonly backup: BackupRuns;
  readonly restore: RestoreRuns;
  readonly drill: DrillRuns;
  readonly cleanup: CleanupRuns;
  readonly reconciliation: ReconciliationRuns;
}
