// Follows the text of a dump while it streams by, so that what it really contains can be stated afterwards.
// Knows just enough SQL to never mistake data, comments or routine bodies for statements.

export interface SqlDialect {
  /** `\'` stays inside a string. */
  backslashEscapes: boolean;
  /** `#` starts a comment, `/*!` starts none, and DELIMITER is a command of the client. */
  mysqlClient: boolean;
  /** `$tag$ ... $tag$` is a string, comments nest, and `\word` is a command of the client. */
  psqlClient: boolean;
}

const enum Mode {
  Sql,
  Data,
  Quoted,
  Dollar,
  LineComment,
  BlockComment,
}

const [NEWLINE, SPACE, DOUBLE, HASH, DOLLAR, SINGLE] = [0x0a, 0x20, 0x22, 0x23, 0x24, 0x27];
const [OPEN, STAR, DASH, SLASH, SEMICOLON, BACKSLASH, BACKTICK] = [0x28, 0x2a, 0x2d, 0x2f, 0x3b, 0x5c, 0x60];

/** Longest thing that has to be seen whole: a dollar quote's tag (63 bytes) or a DELIMITER line. */
const LOOKAHEAD = 80;
/** Enough of a statement to know its kind and the longest possible object name. */
const HEAD_LIMIT = 4096;
const RECENT_LIMIT = 16;
const TAIL_LIMIT = 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Feed it with `write`, then `finish`. Subclasses hear of every statement (`statementEnded`), may take over
 * where bulk data starts (`startsData` at an opening bracket, or `expectData` at a statement's end) and then consume
 * it in `scanData`, which is the hot path.
 */
export abstract class SqlScanner {
  /** Text of the present statement so far, one character a byte, without comments; cut at its limit. */
  protected head = '';
  /** The last few characters of the statement outside of any comment. */
  protected recent = '';
  protected delimiter = ';';
  /** Where the bytes that are looked at begin in the whole dump. */
  protected base = 0;
  /** Where in the whole dump the statement ends, or its bulk data begins, that a subclass hears of. */
  protected position = 0;
  private mode = Mode.Sql;
  private quote = 0;
  private escaped = false;
  private dollarTag = '';
  private commentDepth = 0;
  private carry: Buffer = NOTHING;
  private tail: Buffer = NOTHING;

  constructor(protected dialect: SqlDialect) {}

  write(chunk: Buffer): void {
    this.tail =
      chunk.length >= TAIL_LIMIT
        ? Buffer.from(chunk.subarray(-TAIL_LIMIT))
        : Buffer.concat([this.tail, chunk]).subarray(-TAIL_LIMIT);
    const bytes = this.carry.length === 0 ? chunk : Buffer.concat([this.carry, chunk]);
    const consumed = this.scan(bytes, false);
    this.base += consumed;
    this.carry = Buffer.from(bytes.subarray(consumed));
  }

  /** @returns the last bytes of the dump, and whether it ended between two statements. */
  protected finish(): { tail: string; betweenStatements: boolean } {
    this.scan(this.carry, true);
    const settled = this.mode === Mode.Sql || this.mode === Mode.LineComment;
    return { tail: this.tail.toString('latin1'), betweenStatements: settled && this.head.trim() === '' };
  }

  /** A statement ended; `head` is its text. Answering 'open' means that it goes on past this delimiter. */
  protected abstract statementEnded(head: string): 'open' | 'data' | 'done';
  /** An opening bracket follows: is the rest bulk data? */
  protected abstract startsData(): boolean;
  /** Consumes bulk data from `start`; calls `dataEnded` where it is over. @returns the next index. */
  protected abstract scanData(bytes: Buffer, start: number): number;

  /** A comment that is not part of a statement begins with these bytes. */
  protected commentBetweenStatements(_opener: string): void {
    // Most dialects have nothing to say in comments.
  }

  /** A line that is a command of psql begins with this word, its backslash included. */
  protected clientCommandBegins(_word: string): void {
    // Whoever only reads a dump has no use for them.
  }

  protected dataEnded(): void {
    this.mode = Mode.Sql;
    this.forget();
  }

  private scan(bytes: Buffer, final: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const next = this.step(bytes, at, final);
      if (next < 0) return at;
      at = next;
    }
    return at;
  }

  /** @returns the next index, or -1 when more bytes must be seen first. */
  private step(bytes: Buffer, at: number, final: boolean): number {
    switch (this.mode) {
      case Mode.Data:
        return this.scanData(bytes, at);
      case Mode.Quoted:
        return this.scanQuoted(bytes, at);
      case Mode.LineComment:
        return this.scanLineComment(bytes, at);
      case Mode.BlockComment:
        return final || bytes.length - at >= 2 ? this.scanBlockComment(bytes, at) : -1;
      case Mode.Dollar:
        return this.scanDollar(bytes, at, final);
      case Mode.Sql:
        return final || bytes.length - at >= LOOKAHEAD ? this.scanSql(bytes, at, final) : -1;
    }
  }

  private scanSql(bytes: Buffer, start: number, final: boolean): number {
    const last = final ? bytes.length : bytes.length - LOOKAHEAD + 1;
    let plain = start;
    for (let at = start; at < last; at += 1) {
      if (!this.isSpecial(bytes[at] ?? 0)) continue;
      this.capture(bytes, plain, at);
      plain = at;
      const next = this.special(bytes, at);
      if (next === at) continue;
      return next;
    }
    this.capture(bytes, plain, last);
    return last;
  }

  private isSpecial(byte: number): boolean {
    return SPECIAL[byte] === 1 || byte === this.delimiter.charCodeAt(0);
  }

  /** @returns the index after the special thing, or `at` itself where the byte means nothing here. */
  private special(bytes: Buffer, at: number): number {
    if (this.startsWith(bytes, at, this.delimiter)) return this.delimit(at);
    const byte = bytes[at];
    this.position = this.base + at;
    if (byte === SINGLE || byte === DOUBLE || byte === BACKTICK) return this.openQuote(bytes, at, byte);
    if (byte === OPEN && this.startsData()) {
      this.mode = Mode.Data;
      return this.scanData(bytes, at);
    }
    if (this.startsComment(bytes, at)) return this.enter(Mode.LineComment, at + 1);
    if (byte === SLASH && bytes[at + 1] === STAR) return this.openBlockComment(bytes, at);
    if (byte === STAR && bytes[at + 1] === SLASH && this.dialect.mysqlClient) return at + 2;
    if (byte === DOLLAR && this.dialect.psqlClient) return this.openDollar(bytes, at);
    if (this.isClientCommand(bytes, at)) return this.clientCommand(bytes, at);
    return at;
  }

  private delimit(at: number): number {
    const next = at + this.delimiter.length;
    this.position = this.base + next;
    const verdict = this.statementEnded(this.head);
    if (verdict === 'open') {
      this.head += this.delimiter;
      this.recent += this.delimiter;
      return next;
    }
    this.forget();
    if (verdict === 'data') this.mode = Mode.Data;
    return next;
  }

  private forget(): void {
    this.head = '';
    this.recent = '';
  }

  private startsComment(bytes: Buffer, at: number): boolean {
    if (bytes[at] === HASH) return this.dialect.mysqlClient;
    if (bytes[at] !== DASH || bytes[at + 1] !== DASH) return false;
    return !this.dialect.mysqlClient || (bytes[at + 2] ?? NEWLINE) <= SPACE;
  }

  private openBlockComment(bytes: Buffer, at: number): number {
    const opener = bytes.toString('latin1', at, at + 12);
    const conditional = this.dialect.mysqlClient ? /^\/\*M?!\d{0,6}(?!\d*\\)/.exec(opener) : null;
    if (conditional) return at + conditional[0].length;
    if (this.head === '') this.commentBetweenStatements(opener);
    this.commentDepth = 1;
    return this.enter(Mode.BlockComment, at + 2);
  }

  private openDollar(bytes: Buffer, at: number): number {
    const tag = /^\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/.exec(bytes.toString('latin1', at, at + LOOKAHEAD))?.[0];
    if (tag === undefined) return at;
    this.dollarTag = tag;
    return this.enter(Mode.Dollar, at + tag.length);
  }

  private isClientCommand(bytes: Buffer, at: number): boolean {
    if (bytes[at] === BACKSLASH && this.dialect.psqlClient) return true;
    if (this.head.trim() !== '') return false;
    return this.dialect.mysqlClient && /^delimiter /i.test(bytes.toString('latin1', at, at + 10));
  }

  private clientCommand(bytes: Buffer, at: number): number {
    if (this.dialect.psqlClient) {
      this.clientCommandBegins(bytes.toString('latin1', at, at + LOOKAHEAD).split(/\s/)[0] ?? '');
      return this.enter(Mode.LineComment, at + 1);
    }
    const line = /^[^\n]*/.exec(bytes.toString('latin1', at, at + LOOKAHEAD))?.[0] ?? '';
    this.delimiter = line.slice('delimiter '.length).trim() || ';';
    return at + line.length;
  }

  private enter(mode: Mode, next: number): number {
    this.mode = mode;
    return next;
  }

  private openQuote(bytes: Buffer, at: number, quote: number): number {
    this.quote = quote;
    this.escaped = false;
    this.capture(bytes, at, at + 1);
    return this.enter(Mode.Quoted, at + 1);
  }

  /** A doubled quote closes and opens again, which comes to the same. */
  private scanQuoted(bytes: Buffer, start: number): number {
    const escapes = this.dialect.backslashEscapes && this.quote !== BACKTICK;
    let at = start;
    if (this.escaped) {
      at += 1;
      this.escaped = false;
    }
    while (at < bytes.length && bytes[at] !== this.quote) at += escapes && bytes[at] === BACKSLASH ? 2 : 1;
    this.escaped = at > bytes.length;
    const next = Math.min(at + 1, bytes.length);
    if (at < bytes.length) this.mode = Mode.Sql;
    this.capture(bytes, start, next);
    return next;
  }

  private scanLineComment(bytes: Buffer, start: number): number {
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline < 0) return bytes.length;
    return this.enter(Mode.Sql, newline + 1);
  }

  private scanBlockComment(bytes: Buffer, start: number): number {
    for (let at = start; at + 1 < bytes.length; at += 1) {
      if (bytes[at] === STAR && bytes[at + 1] === SLASH) {
        this.commentDepth -= 1;
        if (this.commentDepth === 0) return this.enter(Mode.Sql, at + 2);
        return at + 2;
      }
      if (this.dialect.psqlClient && bytes[at] === SLASH && bytes[at + 1] === STAR) {
        this.commentDepth += 1;
        return at + 2;
      }
    }
    return bytes.length - 1 > start ? bytes.length - 1 : bytes.length;
  }

  private scanDollar(bytes: Buffer, start: number, final: boolean): number {
    const close = bytes.indexOf(this.dollarTag, start, 'latin1');
    if (close >= 0) return this.enter(Mode.Sql, close + this.dollarTag.length);
    const safe = bytes.length - this.dollarTag.length + 1;
    if (final) return bytes.length;
    return safe > start ? safe : -1;
  }

  private capture(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return;
    this.recent = (this.recent + bytes.toString('latin1', Math.max(from, to - RECENT_LIMIT), to)).slice(-RECENT_LIMIT);
    if (this.head.length >= HEAD_LIMIT) return;
    const text = bytes.toString('latin1', from, Math.min(to, from + HEAD_LIMIT));
    this.head = this.head === '' ? text.trimStart() : this.head + text;
  }

  private startsWith(bytes: Buffer, at: number, text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      if (bytes[at + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }
}

/** Bytes at which plain SQL may turn into something else; D and d may start a DELIMITER line. */
const SPECIAL = new Uint8Array(256);
for (const byte of [
  SINGLE,
  DOUBLE,
  BACKTICK,
  OPEN,
  DASH,
  HASH,
  SLASH,
  STAR,
  DOLLAR,
  SEMICOLON,
  BACKSLASH,
  0x44,
  0x64,
]) {
  SPECIAL[byte] = 1;
}
