import { headers, type MsgHdrs } from '@nats-io/transport-node';
import {
  checkEvent,
  definitionOf,
  readEvent,
  type HavunEvent,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { EventStoreError } from './errors.js';
import { streamOf, subjectOf } from './subject.js';

/**
 * Events on the wire: CloudEvents 1.0, NATS binding, binary mode (D4). Attributes are headers, percent-encoded as the
 * binding says; the data are JSON. `ce-dataschema` tells the version: `urn:havun:event:<type>:<version>`.
 */
const schemaPattern = /^urn:havun:event:[A-Za-z]+:(\d+)$/;

export interface WireMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

/** @throws EventFormatError when the event does not fit its schema */
export function encodeEvent(stream: StreamId, recorded: NewEvent): WireMessage {
  const event = checkEvent(recorded.event);
  const wire = headers();
  const set = (name: string, value: string): void => {
    wire.set(name, encodeURI(value));
  };
  set('ce-specversion', '1.0');
  set('ce-id', recorded.id);
  set('ce-type', event.type);
  set('ce-source', `urn:havun:service:${recorded.source}`);
  set('ce-time', event.at);
  set('ce-subject', `${stream.category}/${stream.id}`);
  set('ce-dataschema', `urn:havun:event:${event.type}:${definitionOf(event.type).version}`);
  set('ce-correlationid', recorded.correlationId);
  if (recorded.causationId !== undefined) set('ce-causationid', recorded.causationId);
  wire.set('content-type', 'application/json');
  return { subject: subjectOf(stream), headers: wire, data: new TextEncoder().encode(JSON.stringify(event.data)) };
}

export interface StoredMessage {
  readonly subject: string;
  /** Sequence in the stream. */
  readonly seq: number;
  readonly headers?: MsgHdrs | undefined;
  readonly data: Uint8Array;
}

/** @throws EventStoreError FOREIGN_MESSAGE, EventFormatError: naming the position and the subject */
export function decodeMessage({ subject, seq, headers: wire, data }: StoredMessage): RecordedEvent<HavunEvent> {
  const stream = streamOf(subject);
  const get = (name: string): string => decodeURI(wire?.get(name) ?? '');
  const version = schemaPattern.exec(get('ce-dataschema'))?.[1];
  if (!stream || get('ce-specversion') !== '1.0' || version === undefined || get('ce-id') === '') {
    throw foreign(subject, seq, 'it lacks the attributes of a CloudEvent of ours');
  }
  const causationId = get('ce-causationid');
  return {
    id: get('ce-id'),
    event: readEvent(get('ce-type'), Number(version), get('ce-time'), parseData(subject, seq, data)),
    correlationId: get('ce-correlationid'),
    ...(causationId !== '' && { causationId }),
    source: get('ce-source').replace(/^urn:havun:service:/, ''),
    stream,
    revision: seq,
    position: seq,
  };
}

function parseData(subject: string, seq: number, data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch (error) {
    throw foreign(subject, seq, 'its data are not JSON', error);
  }
}

const foreign = (subject: string, seq: number, why: string, cause?: unknown): EventStoreError =>
  new EventStoreError(
    'FOREIGN_MESSAGE',
    `The message at position ${seq} (${subject}) is no event of this product: ${why}`,
    'Something else publishes into havun.events: find it by the time of the message, and take its permission to publish there.',
    { cause },
  );
