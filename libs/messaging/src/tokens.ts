/**
 * Any text as one token of a NATS subject or KV key: letters, digits, `-` and `_` stand for themselves, any other byte
 * of its UTF-8 becomes `=XX`. Two texts never give the same token.
 */
export function encodeToken(text: string): string {
  if (text === '') return '=';
  return text.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
