import type { JsMsg } from '@nats-io/jetstream';
import {
  decided,
  failureOf as domainFailureOf,
  nothingToDo,
  type Clock,
  type Decider,
  type Failure,
  type Ids,
  type DeliveredEvent,
  type SystemEvent,
} from '@havun/domain';
import { decodeMessage, execute, streamOf, type EventStore } from '@havun/event-store';
import type { MessagingLog } from './log.js';

export interface QuarantineOptions {
  readonly store: EventStore;
  readonly service: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: MessagingLog;
  readonly failureOf?: (error: unknown) => Failure;
  readonly onQuarantine?: (quarantined: SystemEvent['data']) => void;
}

interface Quarantine {
  readonly type: 'Quarantine';
  /** ISO 8601 in UTC. */
  readonly now: string;
  readonly message: SystemEvent['data'];
}

/** One event for each message that a service gave up on, even if the term got lost and the message is given up on again. */
const quarantineDecider: Decider<Quarantine, SystemEvent, readonly string[]> = {
  initialState: [],
  decide: ({ now, message }, quarantined) =>
    quarantined.includes(message.eventId)
      ? nothingToDo(`${message.eventId} is in quarantine already`)
      : decided({ type: 'MessageQuarantined', at: now, data: message }),
  evolve: (quarantined, { data }) => [...quarantined, data.eventId],
};

/** Quarantines a message: records the event, then writes the log and calls `onQuarantine`. */
export function quarantineInto(
  options: QuarantineOptions,
): (message: JsMsg, deliveries: number, error: unknown) => Promise<void> {
  return async (message, deliveries, error) => {
    const event = readableEvent(message);
    const data = { service: options.service, deliveries, ...identityOf(message, event), ...failureIn(options, error) };
    if (data.eventType !== 'MessageQuarantined') await record(options, data, message, event);
    options.logger.error({ ...data, err: error }, 'an event was quarantined: a person has to look at it');
    options.onQuarantine?.(data);
  };
}

async function record(
  { store, service, clock, ids }: QuarantineOptions,
  data: SystemEvent['data'],
  message: JsMsg,
  event: DeliveredEvent | undefined,
): Promise<void> {
  const { decision } = await execute({
    store,
    decider: quarantineDecider,
    stream: { host: streamOf(message.subject)?.host ?? 'local', category: 'system', id: service },
    command: { type: 'Quarantine', now: clock.now().toISOString(), message: data },
    meta: {
      ids,
      source: service,
      correlationId: event?.correlationId ?? ids.uuid(),
      ...(event && { causationId: event.id }),
    },
  });
  if (decision.kind === 'refused') throw new Error(`a quarantine was refused: ${decision.refusal.message}`);
}

function readableEvent(message: JsMsg): DeliveredEvent | undefined {
  try {
    return decodeMessage(message);
  } catch {
    return undefined;
  }
}

/** What the headers say of a message that can't be read; its sequence identifies it in any case. */
function identityOf(
  { seq, subject, headers }: JsMsg,
  event: DeliveredEvent | undefined,
): Pick<SystemEvent['data'], 'eventId' | 'eventType' | 'subject' | 'position'> {
  const header = (name: string): string | undefined => (headers?.has(name) ? headers.get(name) : undefined);
  const eventId = event?.id ?? header('ce-id') ?? `sequence ${seq}`;
  const eventType = event?.event.type ?? header('ce-type') ?? 'unknown';
  return { eventId, eventType, subject, position: seq };
}

function failureIn({ failureOf = domainFailureOf }: QuarantineOptions, error: unknown): Failure {
  const { code, message, remedy } = failureOf(error);
  return { code, message, remedy };
}
