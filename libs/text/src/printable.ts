/**
 * Makes text from elsewhere (a file name, a message of a database server, a table's name) safe to display. Characters that could
 * move the cursor, hide or reorder the text around them, or begin a new line are written as escapes: `\x1b`, `\u202e`. A
 * backslash stays as it is, as many texts contain one: the result is for eyes, not for parsing.
 *
 * These are escaped: control characters (Unicode category Cc), marks that change the direction of text or have no width (Cf),
 * separators of lines and paragraphs (Zl, Zp), and lone surrogates (Cs).
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** For a name or a message within a line: line feeds are escaped, too. */
export const printable = (text: string): string => text.replace(unprintable, escaped);

/** For a text that may have several lines: line feeds stay. */
export const printableLines = (text: string): string =>
  text.replace(unprintable, (character) => (character === '\n' ? character : escaped(character)));

/** For a message of several lines: none but the first begins where our own lines begin. */
export const indentedLines = (message: string): string => message.replaceAll('\n', '\n    ');

/** JSON may hold any character, but a terminal must not get these. Parsing the result gives the same value. */
export const printableJson = (json: string): string =>
  json.replace(unprintable, (character) => (character === '\n' ? character : utf16Escapes(character)));

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : utf16Escapes(character);
}

function utf16Escapes(character: string): string {
  let all = '';
  for (let at = 0; at < character.length; at += 1) {
    all += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return all;
}
