import { categories, type Category, type StreamId } from '@havun/domain';
import { EventStoreError } from './errors.js';

/** Where events live in NATS (D3): one JetStream stream, one subject per aggregate. */
export const eventStreamName = 'HAVUN_EVENTS';
const root = 'havun.events';
export const allEventSubjects = `${root}.>`;

/** `havun.events.<host>.<category>.<id>`, with host and id as encoded tokens. @throws EventStoreError for an empty one */
export function subjectOf({ host, category, id }: StreamId): string {
  if (host === '' || id === '' || !categories.includes(category)) {
    throw invalidStreamId(`host "${host}", category "${category}", id "${id}"`);
  }
  return `${root}.${encodeToken(host)}.${category}.${encodeToken(id)}`;
}

/** The way back. @throws EventStoreError where `subject` is none of ours */
export function streamIdOf(subject: string): StreamId {
  const [host, category, id, ...rest] = subject.startsWith(`${root}.`) ? subject.slice(root.length + 1).split('.') : [];
  if (!host || !isCategory(category) || !id || rest.length > 0) throw invalidStreamId(`subject "${subject}"`);
  return { host: decodeToken(host), category, id: decodeToken(id) };
}

/** The filter for all events, those of one host, those of one category, or both. */
export function eventSubjects({ host, category }: { host?: string; category?: Category } = {}): string {
  return `${root}.${host === undefined ? '*' : encodeToken(host)}.${category ?? '*'}.*`;
}

/**
 * Any text as one token of a NATS subject or KV key: letters, digits, `-` and `_` stand for themselves, every other byte
 * of its UTF-8 becomes `=XX`. So `klant.nl` is `klant=2Enl`. Two texts never give the same token.
 */
export function encodeToken(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** The text that `encodeToken` made the token of. @throws EventStoreError where it made no such token */
export function decodeToken(token: string): string {
  const bytes = token.replace(/[^=]|=([0-9A-F]{2})/g, (character, hex?: string) => (hex ? `%${hex}` : character));
  try {
    const text = decodeURIComponent(bytes);
    if (encodeToken(text) === token) return text;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw invalidStreamId(`token "${token}"`);
}

const isCategory = (text: string | undefined): text is Category => categories.includes(text as Category);

const invalidStreamId = (what: string): EventStoreError =>
  new EventStoreError(
    'INVALID_STREAM_ID',
    `No event stream can have this name: ${what}`,
    `Names have a host and an id that are not empty, and one of the categories ${categories.join(', ')}.`,
  );
