import { headers, type MsgHdrs } from '@nats-io/transport-node';
import {
  checkEvent,
  definitionOf,
  EventFormatError,
  readEvent,
  type DeliveredEvent,
  type HavunEvent,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { EventStoreError } from './errors.js';
import { streamOf, subjectOf } from './subject.js';

/**
 * Events on the wire: CloudEvents 1.0, NATS binding, binary mode (D4). Attributes are headers, percent-encoded as the HTTP
 * binding's section 3.1.3.2 says; the data are JSON. `ce-dataschema` holds the version: `urn:havun:event:<type>:<version>`.
 */
const schemaPattern = /^urn:havun:event:[A-Za-z]+:(\d+)$/;
const sourcePrefix = 'urn:havun:service:';
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface WireMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

/** @throws EventFormatError when the event does not fit its schema */
export function encodeEvent(stream: StreamId, { id, event: unchecked, source, ...ids }: NewEvent): WireMessage {
  const event = checkEvent(unchecked);
  const attributes = {
    specversion: '1.0',
    id,
    type: event.type,
    source: sourcePrefix + source,
    time: event.at,
    subject: `${stream.category}/${stream.id}`,
    dataschema: `urn:havun:event:${event.type}:${definitionOf(event.type).version}`,
    correlationid: ids.correlationId,
    ...(ids.causationId !== undefined && { causationid: ids.causationId }),
  };
  const wire = headers();
  for (const [name, value] of Object.entries(attributes)) wire.set(`ce-${name}`, percentEncoded(value));
  wire.set('content-type', 'application/json');
  return { subject: subjectOf(stream), headers: wire, data: new TextEncoder().encode(JSON.stringify(event.data)) };
}

const percentEncoded = (value: string): string => value.replace(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);

export interface StoredMessage {
  readonly subject: string;
  /** Sequence in the stream. */
  readonly seq: number;
  readonly headers?: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/**
 * Whether a stored message is the one that was to be published: the same event of the same stream, with the same content and
 * attributes.
 */
export function isSameEvent(stored: StoredMessage, message: WireMessage): boolean {
  const names = new Set([...(stored.headers?.keys() ?? []), ...message.headers.keys()]);
  return (
    stored.subject === message.subject &&
    Buffer.compare(stored.data, message.data) === 0 &&
    [...names]
      .filter((name) => name.startsWith('ce-'))
      .every((name) => stored.headers?.get(name) === message.headers.get(name))
  );
}

/** An event at its position in the log. The message's sequence is that position only where JetStream itself is the log. */
export const decodeStored = (message: StoredMessage): RecordedEvent<HavunEvent> => ({
  ...decodeMessage(message),
  revision: message.seq,
  position: message.seq,
});

/**
 * An event as a consumer gets it.
 * @throws EventStoreError FOREIGN_MESSAGE, EventFormatError: naming the position and the subject
 */
export function decodeMessage(message: StoredMessage): DeliveredEvent<HavunEvent> {
  const stream = streamOf(message.subject);
  if (!stream) throw foreign(message, 'its subject is not one of ours');
  const attribute = attributesOf(message);
  const version = schemaPattern.exec(attribute('dataschema'))?.[1];
  const [id, correlationId, causationId] = [attribute('id'), attribute('correlationid'), attribute('causationid')];
  if (attribute('specversion') !== '1.0' || version === undefined || id === '') {
    throw foreign(message, 'it lacks the attributes of a CloudEvent of ours');
  }
  return {
    id,
    event: eventIn(message, attribute('type'), Number(version), attribute('time')),
    correlationId,
    ...(causationId !== '' && { causationId }),
    source: attribute('source').replace(sourcePrefix, ''),
    stream,
  };
}

function attributesOf(message: StoredMessage): (name: string) => string {
  return (name) => {
    try {
      return decodeURIComponent(message.headers?.get(`ce-${name}`) ?? '');
    } catch (error) {
      throw foreign(message, `its header ce-${name} is not percent-encoded`, error);
    }
  };
}

function eventIn(message: StoredMessage, type: string, version: number, at: string): HavunEvent {
  const data = parsed(message);
  try {
    return readEvent(type, version, at, data);
  } catch (error) {
    if (!(error instanceof EventFormatError)) throw error;
    throw new EventFormatError(error.code, `${placeOf(message)}: ${error.message}`, error.remedy, { cause: error });
  }
}

function parsed(message: StoredMessage): unknown {
  try {
    return JSON.parse(utf8.decode(message.data));
  } catch (error) {
    throw foreign(message, 'its data are not JSON', error);
  }
}

const placeOf = ({ subject, seq }: StoredMessage): string => `The message at position ${seq} (${subject})`;

const foreign = (message: StoredMessage, why: string, cause?: unknown): EventStoreError =>
  new EventStoreError(
    'FOREIGN_MESSAGE',
    `${placeOf(message)} is not an event of this product: ${why}`,
    'Something else publishes into havun.events: find it by the time of the message, and take its permission to publish there.',
    { cause },
  );
