/** The words, besides numbers, that may stand in rows outside of strings; upper case. */
export interface ValueWords {
  words: readonly string[];
  /** Functions of literals that return literals. */
  functions?: readonly string[];
}

const [QUOTE, BACKSLASH, OPEN, DOT, ZERO, NINE] = [0x27, 0x5c, 0x28, 0x2e, 0x30, 0x39];
const [WORD, SPACE, SIGN] = [1, 2, 3];
const CLASS = new Uint8Array(256);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.')
  CLASS[character.charCodeAt(0)] = WORD;
for (const character of " \t\r\n(),;'") CLASS[character.charCodeAt(0)] = SPACE;
for (const character of '+-') CLASS[character.charCodeAt(0)] = SIGN;

const NUMBER = /^(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?$/;
const HEX = /^0X[0-9A-F]*$/;
/** A sign may follow: that of the exponent. */
const EXPONENT = /^[\d.]+E$/;
const LONGEST_WORD = 400;

/**
 * Reads the rows of INSERTs and tells whether they hold only literals: no name, no expression, no comment, no trailing clause.
 * Strings end where those of `InsertScanner` end.
 */
export class LiteralValues {
  private inString = false;
  private escaped = false;
  private word = '';
  private afterSign = false;

  constructor(private readonly allowed: ValueWords) {}

  /** The next bytes of rows, up to the delimiter at their end. */
  read(bytes: Buffer, backslashEscapes: boolean): boolean {
    let at = 0;
    while (at < bytes.length) {
      const next = this.inString ? this.readString(bytes, at, backslashEscapes) : this.readPlain(bytes, at);
      if (next < 0) return false;
      at = next;
    }
    return true;
  }

  private readString(bytes: Buffer, start: number, escapes: boolean): number {
    let at = this.escaped ? start + 1 : start;
    this.escaped = false;
    while (at < bytes.length && bytes[at] !== QUOTE) at += escapes && bytes[at] === BACKSLASH ? 2 : 1;
    this.escaped = at > bytes.length;
    if (at < bytes.length) this.inString = false;
    return at + 1;
  }

  /** @returns the index after a word or sign, -1 where it is not allowed. */
  private readPlain(bytes: Buffer, start: number): number {
    let at = this.word === '' && !this.afterSign ? this.readUsual(bytes, start) : start;
    if (at > start) return at;
    while (at < bytes.length && CLASS[bytes[at] ?? 0] === WORD) at += 1;
    if (at > start && !this.wordGoesOn(bytes.toString('latin1', start, at))) return -1;
    if (at === bytes.length) return at;
    const byte = bytes[at] ?? 0;
    if (CLASS[byte] === SIGN && EXPONENT.test(this.word)) {
      this.word += String.fromCharCode(byte);
      return at + 1;
    }
    if (!this.wordEnds(byte)) return -1;
    if (byte === QUOTE) this.inString = true;
    this.afterSign = CLASS[byte] === SIGN;
    return CLASS[byte] === SIGN || CLASS[byte] === SPACE ? at + 1 : -1;
  }

  /** The fast path for most of a dump: signs between values, and digits. @returns the index where anything else begins. */
  private readUsual(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (CLASS[byte] === SPACE) {
        at += 1;
        if (byte !== QUOTE) continue;
        this.inString = true;
        return at;
      }
      let end = afterDigits(bytes, at);
      if (end > at && bytes[end] === DOT) end = afterDigits(bytes, end + 1);
      // A number may continue in the next bytes.
      if (end === at || end >= bytes.length || CLASS[bytes[end] ?? 0] !== SPACE) return at;
      at = end;
    }
    return at;
  }

  /** A hexadecimal word may be as long as a row, so it is not kept. */
  private wordGoesOn(piece: string): boolean {
    const word = this.word + piece.toUpperCase();
    this.word = HEX.test(word) && word.length > LONGEST_WORD ? '0X' : word;
    return this.word.length <= LONGEST_WORD;
  }

  private wordEnds(next: number): boolean {
    const { word, afterSign } = this;
    this.word = '';
    if (word === '') return !afterSign;
    const first = word.charCodeAt(0);
    if ((first >= ZERO && first <= NINE) || word.startsWith('.')) return NUMBER.test(word) || HEX.test(word);
    if (afterSign) return false;
    return next === OPEN ? this.allowed.functions?.includes(word) === true : this.allowed.words.includes(word);
  }
}

function afterDigits(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && (bytes[at] ?? 0) >= ZERO && (bytes[at] ?? 0) <= NINE) at += 1;
  return at;
}
