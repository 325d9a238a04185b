import {
  backupDecider,
  failureOf,
  type BackupCommand,
  type BackupState,
  type Clock,
  type FailBackup,
  type Failure,
  type Ids,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate, type EventStore } from '@havun/event-store';
import type { Scrub } from './scrub.js';

/** A command without its `now`, which is filled in when it is decided. */
export type BackupStep<Command extends BackupCommand = BackupCommand> = Command extends BackupCommand
  ? Omit<Command, 'now'>
  : never;

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

/** The backups' streams, as a service that reacts to their events uses them: load, decide, append (D6). */
export class BackupRuns {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly scrub: Scrub,
    private readonly service: string,
  ) {}

  async load(stream: StreamId): Promise<BackupState> {
    return (await loadAggregate(this.store, backupDecider, stream)).state;
  }

  /**
   * Decides a step that follows from `cause`, and appends what was decided. Doing it twice gives one event.
   * @returns the state after it. @throws StepRefused where the step makes no sense.
   */
  record(cause: RecordedEvent, step: BackupStep): Promise<BackupState> {
    return this.decide(cause.stream, { ...step, now: this.now() }, cause.correlationId, cause.id);
  }

  /** Ends a run that can't go on, because the event that its next step follows from was put aside. */
  async abandon(stream: StreamId, eventId: string, failure: Omit<FailBackup, 'type' | 'now'>): Promise<void> {
    await this.decide(stream, { type: 'FailBackup', now: this.now(), ...failure }, stream.id, eventId);
  }

  private async decide(
    stream: StreamId,
    command: BackupCommand,
    correlationId: string,
    causationId: string,
  ): Promise<BackupState> {
    const { decision, state } = await execute({
      store: this.store,
      decider: backupDecider,
      stream,
      command,
      meta: { ids: this.ids, source: this.service, correlationId, causationId },
    });
    if (decision.kind === 'refused') throw new StepRefused(decision.refusal);
    return state;
  }

  private now(): string {
    return this.clock.now().toISOString();
  }

  /** What went wrong, fit for an event: with every secret scrubbed. */
  failure(error: unknown): Failure {
    const { code, message, remedy } = failureOf(error);
    return { code, message: this.scrub(message), remedy: this.scrub(remedy) };
  }
}
