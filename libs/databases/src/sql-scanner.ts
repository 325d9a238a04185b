// Follows the text of a dump while it streams by, to state afterwards what it contains. Knows just enough SQL to never mistake
// data, comments or routine bodies for statements.

import { ConditionalComments } from './conditional-comments.js';

export interface SqlDialect {
  /** `\'` stays inside a string. */
  backslashEscapes: boolean;
  /** Double quotes enclose names, in which a backslash is an ordinary character. */
  ansiQuotes?: boolean;
  /** `#` starts a comment, `/*!` starts none, and DELIMITER is a command of the client. */
  mysqlClient: boolean;
  /** `$tag$ ... $tag$` is a string, comments nest, and `\word` is a command of the client. */
  psqlClient: boolean;
  /** `[...]` is a name, which ends at the first closing bracket. */
  bracketNames?: boolean;
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
const [CLOSE, OPEN_NAME, CLOSE_NAME] = [0x29, 0x5b, 0x5d];

/** The longest thing that must be seen whole: the tag of a dollar quote (63 bytes) or a DELIMITER line. */
const LOOKAHEAD = 80;
/** Enough of a statement for its kind and the longest possible object name, in characters. */
const HEAD_LIMIT = 4096;
const RECENT_LIMIT = 16;
const TAIL_LIMIT = 1024;
const NOTHING = Buffer.alloc(0);

export interface Statement {
  /** One character per byte, without comments; cut at the scanner's limit. */
  head: string;
  isWhole: boolean;
  /** `false` where servers of different versions read the statement differently. */
  isClear: boolean;
  delimiter: string;
}

/** Learns of a dump's parts before the scanner goes on. Positions count from the start of the dump. */
export interface ScanListener {
  /** A statement, with its delimiter, ends at `position`; or its `data` begins there. */
  statement(statement: Statement, position: number, data: 'none' | 'follows' | 'inside'): void;
  /** More bulk data, which may continue. */
  data(bytes: Buffer, position: number): void;
  /** A client command begins at `position` and ends with the line. `isInside`: within a statement. */
  command(word: string, position: number, isInside: boolean): void;
  /** A DELIMITER line ends at `position`. `isClear`: as dump clients write it, right after a statement. */
  delimiter(isClear: boolean, position: number): void;
}

/**
 * Feed it with `write`, then `finish`. Subclasses learn of every statement (`statementEnded`). They may take over where bulk data
 * starts (`startsData` at an opening bracket, or `expectData` at a statement's end) and then consume it in `scanData`, which is
 * the hot path.
 */
export abstract class SqlScanner {
  /** The text of the present statement so far, one character per byte, without comments; cut at its limit. */
  protected head = '';
  private isCut = false;
  private isClear = true;
  /** One of them may have a string that another server takes for its end. */
  private readonly conditional = new ConditionalComments();
  /** Comments were seen since the last statement: clients do not agree whether a command of theirs may follow. */
  private isAfterComment = false;
  /** The last few characters of the statement outside of any comment; of white space only the last one. */
  protected recent = '';
  /** Where strings and quoted names begin and end in the head. */
  private quotes: number[] = [];
  /** The brackets that are open. PostgreSQL ends no statement inside of them, and nor does its client. */
  private brackets = 0;
  protected delimiter = ';';
  /** The position in the dump where the present bytes begin. */
  private base = 0;
  private mode = Mode.Sql;
  private quote = 0;
  private escapes = false;
  /** Only white space and comments were seen since a string ended. */
  private afterString = false;
  /** Which: `line` has a line feed and no comment, and `odd` is what PostgreSQL may not take for white space. */
  private gap: 'none' | 'blank' | 'line' | 'odd' = 'none';
  private escaped = false;
  private dollarTag = '';
  private commentDepth = 0;
  private carry: Buffer = NOTHING;
  private tail: Buffer = NOTHING;

  /** The most bytes from the end of one statement to the end of the next, which may have comments before it. */
  protected longestStatement = 0;
  private statementBegan = 0;

  private listener: ScanListener | undefined;
  private headLimit = HEAD_LIMIT;

  constructor(protected dialect: SqlDialect) {}

  /** Reports to `listener` from now on, with heads of this many characters. */
  listen(listener: ScanListener, headLimit: number): void {
    this.listener = listener;
    this.headLimit = headLimit;
  }

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
    return {
      tail: this.tail.toString('latin1'),
      betweenStatements: settled && this.isClear && this.head.trim() === '',
    };
  }

  /** A statement ended; `head` is its text. Returning 'open' means that it continues past this delimiter. */
  protected abstract statementEnded(head: string): 'open' | 'data' | 'done';
  /** Called at an opening bracket. @returns whether bulk data follows */
  protected abstract startsData(): boolean;
  /** Consumes bulk data from `start`, and calls `dataEnded` at its end. @returns the next index. */
  protected abstract scanData(bytes: Buffer, start: number): number;

  /** A comment between statements begins with these bytes. */
  protected commentBetweenStatements(_opener: string): void {
    // In most dialects such comments mean nothing.
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

  /** @returns the next index, or -1 when more bytes are needed. */
  private step(bytes: Buffer, at: number, final: boolean): number {
    switch (this.mode) {
      case Mode.Data:
        return this.passData(bytes, at);
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

  /** @returns the index after the special token, or `at` where the byte means nothing here. */
  private special(bytes: Buffer, at: number): number {
    if (this.startsWith(bytes, at, this.delimiter)) return this.delimit(at);
    const byte = bytes[at];
    if (byte === SINGLE || byte === DOUBLE || byte === BACKTICK) return this.openQuote(bytes, at, byte);
    if (byte === OPEN_NAME && this.dialect.bracketNames) return this.openQuote(bytes, at, CLOSE_NAME);
    if (byte === OPEN || byte === CLOSE) this.brackets = Math.max(0, this.brackets + (byte === OPEN ? 1 : -1));
    if (byte === OPEN && this.startsData()) {
      this.mode = Mode.Data;
      this.listener?.statement(this.statement, this.base + at, 'inside');
      return this.passData(bytes, at);
    }
    if (this.startsComment(bytes, at)) return this.enterComment(Mode.LineComment, at + 1);
    if (byte === SLASH && bytes[at + 1] === STAR) return this.openBlockComment(bytes, at);
    if (byte === STAR && bytes[at + 1] === SLASH && this.conditional.isOpen) {
      this.conditional.close(this.head.length);
      return this.partWords(at + 2);
    }
    if (byte === DOLLAR && this.dialect.psqlClient) return this.openDollar(bytes, at);
    if (this.isClientCommand(bytes, at)) return this.clientCommand(bytes, at);
    return at;
  }

  private delimit(at: number): number {
    const next = at + this.delimiter.length;
    const isInside = this.dialect.psqlClient && this.brackets > 0;
    const verdict = isInside ? 'open' : this.statementEnded(this.head);
    if (verdict === 'open') {
      this.head += this.delimiter;
      this.recent += this.delimiter;
      return next;
    }
    this.listener?.statement(this.statement, this.base + next, verdict === 'data' ? 'follows' : 'none');
    this.measure(this.base + next);
    this.forget();
    if (verdict === 'data') this.mode = Mode.Data;
    return next;
  }

  private measure(end: number): void {
    this.longestStatement = Math.max(this.longestStatement, end - this.statementBegan);
    this.statementBegan = end;
  }

  private forget(): void {
    this.head = '';
    this.isCut = false;
    this.isClear = true;
    this.conditional.forget();
    this.isAfterComment = false;
    this.afterString = false;
    this.recent = '';
    this.quotes = [];
    this.brackets = 0;
  }

  /** The head without its strings and quoted names, each of which is one `?`. */
  protected get bareHead(): string {
    const { quotes, head } = this;
    let bare = '';
    for (let at = 0; at <= quotes.length; at += 2) {
      bare += head.slice(at === 0 ? 0 : quotes[at - 1], quotes[at]);
      if (at < quotes.length) bare += '?';
    }
    return bare;
  }

  private get statement(): Statement {
    const { head, isCut, delimiter, conditional } = this;
    return { head, isWhole: !isCut, isClear: this.isClear && conditional.isClear(head), delimiter };
  }

  private passData(bytes: Buffer, at: number): number {
    const next = this.scanData(bytes, at);
    this.listener?.data(bytes.subarray(at, next), this.base + next);
    if (this.mode !== Mode.Data) this.measure(this.base + next);
    return next;
  }

  private startsComment(bytes: Buffer, at: number): boolean {
    if (bytes[at] === HASH) return this.dialect.mysqlClient;
    if (bytes[at] !== DASH || bytes[at + 1] !== DASH) return false;
    return !this.dialect.mysqlClient || (bytes[at + 2] ?? NEWLINE) <= SPACE;
  }

  private openBlockComment(bytes: Buffer, at: number): number {
    const opener = bytes.toString('latin1', at, at + 12);
    const sign = this.dialect.mysqlClient ? this.conditional.open(opener, this.head.length) : 0;
    if (sign > 0) return this.partWords(at + sign);
    if (this.head === '') this.commentBetweenStatements(opener);
    this.commentDepth = 1;
    return this.enterComment(Mode.BlockComment, at + 2);
  }

  private openDollar(bytes: Buffer, at: number): number {
    const ahead = bytes.toString('latin1', at, at + LOOKAHEAD);
    const tag = /^\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/.exec(ahead)?.[0];
    // psql knows no longest tag.
    if (ahead.length === LOOKAHEAD && /^\$[\w\x80-\xff]+$/.test(ahead)) this.isClear = false;
    if (tag === undefined) return at;
    if (IN_NAME.test(this.recent)) {
      if (!endsInName(this.recent)) this.isClear = false;
      return at;
    }
    this.dollarTag = tag;
    this.afterString = false;
    return this.enter(Mode.Dollar, at + tag.length);
  }

  private isClientCommand(bytes: Buffer, at: number): boolean {
    if (bytes[at] === BACKSLASH && this.dialect.psqlClient) return true;
    // To the mysql client it begins a command, wherever it stands.
    if (bytes[at] === BACKSLASH && this.dialect.mysqlClient) this.isClear = false;
    if (this.head.trim() !== '') return false;
    return this.dialect.mysqlClient && /^delimiter /i.test(bytes.toString('latin1', at, at + 10));
  }

  private clientCommand(bytes: Buffer, at: number): number {
    if (this.dialect.psqlClient) {
      const word = bytes.toString('latin1', at, at + LOOKAHEAD).split(/\s/)[0] ?? '';
      this.listener?.command(word, this.base + at, this.head.trim() !== '');
      return this.enter(Mode.LineComment, at + 1);
    }
    const ahead = bytes.toString('latin1', at, at + LOOKAHEAD);
    const line = /^[^\n]*/.exec(ahead)?.[0] ?? '';
    this.delimiter = line.slice('delimiter '.length).trim() || ';';
    // What else there could be is read otherwise by the client.
    const isClear = DELIMITER_LINE.test(ahead) && !this.isAfterComment && /(?:^|\n)$/.test(this.recent);
    this.listener?.delimiter(isClear, this.base + at + line.length);
    return at + line.length;
  }

  private enter(mode: Mode, next: number): number {
    this.mode = mode;
    return next;
  }

  private enterComment(mode: Mode, next: number): number {
    return this.enter(mode, this.partWords(next));
  }

  /** Every server takes it for a comment or for one end of a conditional one, so it separates words as white space does. */
  private partWords(next: number): number {
    this.isAfterComment = true;
    this.gap = 'odd';
    if (this.head !== '') this.head += ' ';
    this.recent = ended(this.recent + ' ');
    return next;
  }

  private openQuote(bytes: Buffer, at: number, quote: number): number {
    this.escapes = this.hasEscapes(quote);
    this.quote = quote;
    this.escaped = false;
    this.markQuote();
    this.capture(bytes, at, at + 1);
    return this.enter(Mode.Quoted, at + 1);
  }

  private markQuote(): void {
    if (this.head.length < this.headLimit) this.quotes.push(this.head.length);
  }

  /** Whether a backslash is an escape in the string that begins here. */
  private hasEscapes(quote: number): boolean {
    const { backslashEscapes, ansiQuotes, psqlClient } = this.dialect;
    const mayContinue = this.afterString && quote === this.quote;
    // A doubled quote, and a string that continues on the next line, belong to the same string.
    if (mayContinue && (!psqlClient || this.gap === 'none' || this.gap === 'line')) return this.escapes;
    if (psqlClient && quote === SINGLE) {
      const own = ESCAPE_STRING.test(this.recent) || (backslashEscapes && !PLAIN_STRING.test(this.recent));
      if (mayContinue ? own !== this.escapes : !prefixIsSure(this.recent)) this.isClear = false;
      return own;
    }
    if (quote === SINGLE) return backslashEscapes;
    return quote === DOUBLE && backslashEscapes && !psqlClient && ansiQuotes !== true;
  }

  /** A doubled quote closes and opens the string again, with the same effect. */
  private scanQuoted(bytes: Buffer, start: number): number {
    let at = start;
    if (this.escaped) {
      at += 1;
      this.escaped = false;
    }
    while (at < bytes.length && bytes[at] !== this.quote) at += this.escapes && bytes[at] === BACKSLASH ? 2 : 1;
    this.escaped = at > bytes.length;
    if (!this.conditional.isSure && this.endsComment(bytes, start, at)) this.isClear = false;
    const next = Math.min(at + 1, bytes.length);
    this.capture(bytes, start, next);
    if (at < bytes.length) {
      this.mode = Mode.Sql;
      this.markQuote();
      this.afterString = true;
      this.gap = 'none';
    }
    return next;
  }

  private endsComment(bytes: Buffer, start: number, end: number): boolean {
    return (this.recent.slice(-1) + bytes.toString('latin1', start, Math.min(end, bytes.length))).includes('*/');
  }

  private scanLineComment(bytes: Buffer, start: number): number {
    const newline = bytes.indexOf(NEWLINE, start);
    // To a server that skips the conditional comment, it may end in here.
    if (!this.conditional.isSure) this.isClear = false;
    if (newline < 0) return bytes.length;
    return this.enter(Mode.Sql, newline);
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
    if (this.afterString) this.widenGap(bytes.toString('latin1', from, to));
    this.recent = ended(this.recent + lastWords(bytes, from, to));
    const end = Math.min(to, from + Math.max(0, this.headLimit - this.head.length));
    this.isCut ||= end < to;
    if (end === from) return;
    const text = bytes.toString('latin1', from, end);
    this.head = this.head === '' ? text.trimStart() : this.head + text;
  }

  private widenGap(text: string): void {
    if (/\S/.test(text)) this.afterString = false;
    else if (/[^ \t\r\n\f]/.test(text)) this.gap = 'odd';
    else if (this.gap !== 'odd') this.gap = this.gap === 'line' || text.includes('\n') ? 'line' : 'blank';
  }

  private startsWith(bytes: Buffer, at: number, text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      if (bytes[at + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }
}

/** The end of a text, where white space is only its last character. */
const ended = (text: string): string => text.replaceAll(/\s+(?=\s)/g, '').slice(-RECENT_LIMIT);

/** Enough of these bytes for the end of a text, however much white space there is. */
function lastWords(bytes: Buffer, from: number, to: number): string {
  let start = to;
  for (let length = 0; start > from && length < RECENT_LIMIT; start -= 1) {
    if (!isBlank(bytes[start - 1]) || !isBlank(bytes[start - 2])) length += 1;
  }
  return bytes.toString('latin1', start, to);
}

/** White space in all regular expressions, as far as it has one byte. */
const isBlank = (byte = 0): boolean => byte === SPACE || (byte >= 0x09 && byte <= 0x0d);

/** The character before a dollar sign that belongs to a name. */
const IN_NAME = /[\w$\x80-\xff]$/;
/** The characters before the quote of `E'...'`. */
const ESCAPE_STRING = /(?:^|[^\w$\x80-\xff])e$/i;
/** The characters before the quote of a string that never has escapes. */
const PLAIN_STRING = /(?:^|[^\w$\x80-\xff])(?:[bx]|u&)$/i;

/**
 * What a dollar sign or a quote right behind a word means depends on where the word begins. Versions of psql do not agree where a
 * number ends, and a variable of psql (`:word`) ends at a dollar sign.
 */
const lastWord = (recent: string): string => /[\w$.:\x80-\xff]*$/.exec(recent)?.[0] ?? '';
function endsInName(recent: string): boolean {
  const word = lastWord(recent);
  return word.length < RECENT_LIMIT && /^[A-Za-z_\x80-\xff][\w$\x80-\xff]*$/.test(word);
}
const prefixIsSure = (recent: string): boolean =>
  !IN_NAME.test(recent.replace(/&$/, '')) || endsInName(recent.replace(/&$/, ''));

/** As dump clients write it. */
const DELIMITER_LINE = /^delimiter ;+ *\n/i;

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
  CLOSE,
  OPEN_NAME,
  0x44,
  0x64,
]) {
  SPECIAL[byte] = 1;
}
