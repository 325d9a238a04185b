import {
  backupDecider,
  drillDecider,
  failureOf,
  restoreDecider,
  type BackupCommand,
  type BackupEvent,
  type BackupState,
  type Clock,
  type Decider,
  type DomainEvent,
  type DrillCommand,
  type DrillEvent,
  type DrillState,
  type Failure,
  type Ids,
  type DeliveredEvent,
  type RestoreCommand,
  type RestoreEvent,
  type RestoreState,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate, type EventStore } from '@havun/event-store';
import type { Scrub } from '@havun/config';

/** A command without its `now`, which is filled in when it is decided. */
export type Step<Command> = Command extends unknown ? Omit<Command, 'now'> : never;

/** A domain refusal where only a defect of ours can lead: thrown, so that the message is quarantined and a person looks. */
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
  /** Which program appends. */
  readonly service: string;
}

/** One kind of run's streams, as a service that reacts to their events uses them: load, decide, append (D6). */
export class Runs<Command extends { readonly type: string; readonly now: string }, Event extends DomainEvent, State> {
  constructor(
    private readonly deps: RunsDeps,
    private readonly decider: Decider<Command, Event, State>,
  ) {}

  async load(stream: StreamId): Promise<State> {
    return (await loadAggregate(this.deps.store, this.decider, stream)).state;
  }

  /**
   * Decides a step that follows from `cause`, and appends what was decided. Doing it twice gives one event.
   * @returns the state after it. @throws StepRefused where the step makes no sense.
   */
  record(cause: DeliveredEvent, step: Step<Command>): Promise<State> {
    return this.decide(cause.stream, step, { correlationId: cause.correlationId, causationId: cause.id });
  }

  /** Ends a run that can't go on, because the event that its next step follows from was put aside. */
  async abandon(stream: StreamId, eventId: string, step: Step<Command>): Promise<void> {
    await this.decide(stream, step, { correlationId: stream.id, causationId: eventId });
  }

  /** What went wrong, fit for an event: with every secret scrubbed. */
  failure(error: unknown): Failure {
    const { code, message, remedy } = failureOf(error);
    return { code, message: this.deps.scrub(message), remedy: this.deps.scrub(remedy) };
  }

  private async decide(
    stream: StreamId,
    step: Step<Command>,
    ids: { correlationId: string; causationId: string },
  ): Promise<State> {
    const { store, clock, service } = this.deps;
    const { decision, state } = await execute({
      store,
      decider: this.decider,
      stream,
      command: { ...step, now: clock.now().toISOString() } as unknown as Command,
      meta: { ids: this.deps.ids, source: service, ...ids },
    });
    if (decision.kind === 'refused') throw new StepRefused(decision.refusal);
    return state;
  }
}

export class BackupRuns extends Runs<BackupCommand, BackupEvent, BackupState> {
  constructor(deps: RunsDeps) {
    super(deps, backupDecider);
  }
}

export class RestoreRuns extends Runs<RestoreCommand, RestoreEvent, RestoreState> {
  constructor(deps: RunsDeps) {
    super(deps, restoreDecider);
  }
}

export class DrillRuns extends Runs<DrillCommand, DrillEvent, DrillState> {
  constructor(deps: RunsDeps) {
    super(deps, drillDecider);
  }
}

/** What a service of a host works with: the streams of each kind of run. */
export interface RunsByKind {
  readonly backup: BackupRuns;
  readonly restore: RestoreRuns;
  readonly drill: DrillRuns;
}
