import { SqlScanner, type SqlDialect } from './sql-scanner.js';

const [SINGLE, OPEN, CLOSE, SEMICOLON, BACKSLASH] = [0x27, 0x28, 0x29, 0x3b, 0x5c];
const PLAIN = new Uint8Array(256).fill(1);
for (const byte of [SINGLE, OPEN, CLOSE, SEMICOLON]) PLAIN[byte] = 0;

/** Counts the rows of `INSERT INTO t [(columns)] VALUES (...),(...);` for each table. */
export abstract class InsertScanner extends SqlScanner {
  protected readonly rows = new Map<string, number>();
  private table = '';
  /** The head of the last INSERT: in many dumps each row has one, and they are all the same. */
  private insert: string | undefined;
  private depth = 0;
  private inString = false;
  private skipNext = false;

  protected startsData(): boolean {
    if (!/values\s*$/i.test(this.recent)) return false;
    if (this.head === this.insert) return true;
    const insert = INSERT.exec(this.head);
    if (!insert) return false;
    this.insert = this.head;
    this.table = identifier(insert[1] ?? '');
    return true;
  }

  protected scanData(bytes: Buffer, start: number): number {
    const escapes = this.dialect.backslashEscapes;
    const end = bytes.length;
    let rows = 0;
    let at = this.skipNext ? start + 1 : start;
    this.skipNext = false;
    while (at < end) {
      if (this.inString) {
        while (at < end && bytes[at] !== SINGLE) at += escapes && bytes[at] === BACKSLASH ? 2 : 1;
        this.skipNext = at > end;
        if (at >= end) break;
        this.inString = false;
        at += 1;
      }
      while (at < end && PLAIN[bytes[at] ?? 0] === 1) at += 1;
      if (at >= end) break;
      const byte = bytes[at];
      at += 1;
      if (byte === SINGLE) this.inString = true;
      else if (byte === CLOSE) this.depth -= 1;
      else if (byte === OPEN) {
        if (this.depth === 0) rows += 1;
        this.depth += 1;
      } else if (this.depth === 0) {
        this.dataEnded();
        break;
      }
    }
    this.rows.set(this.table, (this.rows.get(this.table) ?? 0) + rows);
    return Math.min(at, end);
  }
}

const INSERT = /^(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+("(?:[^"]|"")*"|`(?:[^`]|``)*`|[^\s(]+)/i;
const REST = String.raw`\[[^\]]*\]|[A-Za-z_][\w$\x80-\xff]*|\S`;
const PLAIN_STRINGS = `\`(?:[^\`]|\`\`)*\`|"(?:[^"]|"")*"|'(?:[^']|'')*'`;
const TOKEN = {
  plain: new RegExp(`${PLAIN_STRINGS}|${REST}`, 'g'),
  escaped: new RegExp(String.raw`\`(?:[^\`]|\`\`)*\`|"(?:[^"\\]|\\[^]|"")*"|'(?:[^'\\]|\\[^]|'')*'|` + REST, 'g'),
  escapedBesideNames: new RegExp(String.raw`\`(?:[^\`]|\`\`)*\`|"(?:[^"]|"")*"|'(?:[^'\\]|\\[^]|'')*'|` + REST, 'g'),
};

/** The words, names and signs of a statement's head, which ends its strings as the dialect does. */
export function tokens(head: string, { backslashEscapes, ansiQuotes }: SqlDialect): string[] {
  const kind = !backslashEscapes ? 'plain' : ansiQuotes === true ? 'escapedBesideNames' : 'escaped';
  return head.match(TOKEN[kind]) ?? [];
}

/** The name in a token of a head, which may be quoted; one character per byte. */
export function identifier(token: string): string {
  const quote = token.charAt(0);
  if (quote === '[') return Buffer.from(token.slice(1, -1), 'latin1').toString('utf8');
  const name = '`"\''.includes(quote) ? token.slice(1, -1).replaceAll(quote + quote, quote) : token;
  return Buffer.from(name, 'latin1').toString('utf8');
}
