import { categories, type Category, type StreamId } from '@havun/domain';

/** `havun.events.<host>.<category>.<id>` (D3). */
export const eventStreamName = 'HAVUN_EVENTS';
const prefix = 'havun.events';
export const allEventSubjects = `${prefix}.>`;

/**
 * Encodes any text as one token of a NATS subject or KV key: letters, digits, `-` and `_` stand for themselves, any other byte of
 * its UTF-8 becomes `=XX`, so that `klant.nl` is `klant=2Enl`. Two texts never give the same token.
 */
export function encodeToken(text: string): string {
  if (text === '') return '=';
  return text.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** @throws URIError for a token that `encodeToken` does not make */
export function decodeToken(token: string): string {
  if (token === '=') return '';
  const text = decodeURIComponent(token.replaceAll('%', '%25').replaceAll('=', '%'));
  if (encodeToken(text) !== token) throw new URIError(`not a token of this product: ${token}`);
  return text;
}

export const subjectOf = ({ host, category, id }: StreamId): string =>
  `${prefix}.${encodeToken(host)}.${category}.${encodeToken(id)}`;

/** The stream of a subject, or undefined where the subject is not one of ours. */
export function streamOf(subject: string): StreamId | undefined {
  const [havun, events, host, category, id, ...rest] = subject.split('.');
  if (`${havun ?? ''}.${events ?? ''}` !== prefix || host === undefined || id === undefined || rest.length > 0)
    return undefined;
  if (!isCategory(category)) return undefined;
  try {
    return { host: decodeToken(host), category, id: decodeToken(id) };
  } catch {
    return undefined; // a malformed token: somebody else made up this subject
  }
}

const isCategory = (text: string | undefined): text is Category => categories.some((known) => known === text);

/** A consumer's filter: the events of one host, of one category, of both, or all. */
export const eventSubjects = ({ host, category }: { host?: string; category?: Category } = {}): string =>
  `${prefix}.${host === undefined ? '*' : encodeToken(host)}.${category ?? '*'}.*`;
