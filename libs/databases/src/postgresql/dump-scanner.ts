import { identifier } from '../insert-scanner.js';
import { SqlScanner } from '../sql-scanner.js';
import type { DumpContents } from '../verify-dump.js';

const NAME = String.raw`("(?:[^"]|"")*"|[\w$\x80-\xff]+)\.("(?:[^"]|"")*"|[\w$\x80-\xff]+)`;
const COLUMN = String.raw`(?:"(?:[^"]|"")*"|[\w$\x80-\xff]+)`;
/** What else there may be between the table and its rows, such as a WHERE, may end in the same words. */
export const COPY = new RegExp(`^COPY ${NAME} *(?:\\(${COLUMN}(?:, *${COLUMN})*\\))? *FROM stdin$`, 's');
const LONG_COPY = new RegExp(`^COPY ${NAME} `);
const TABLE = new RegExp(`^CREATE (?:UNLOGGED |FOREIGN )?TABLE ${NAME}`);
const VIEW = new RegExp(`^CREATE (?:OR REPLACE )?(?:RECURSIVE |MATERIALIZED )?VIEW ${NAME}`);
const ROUTINE = /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE|AGGREGATE) /;
/** Up to a body of statements that the server has parsed. The END of such a body follows a semicolon; that of no expression does. */
const STANDARD_BODY = /^create\s+(?:or\s+replace\s+)?(?:function|procedure)\s[^(]*\([^]*?\sbegin\s+atomic\s/i;
const TRIGGER = /^CREATE (?:OR REPLACE )?(?:CONSTRAINT |EVENT )?TRIGGER /;

/** Whether a backslash is an escape in every string, or only in strings that say so. */
export const STRINGS = /^set\s+standard_conforming_strings\s+=\s+(on|true|off|false)\s*$/i;

/** Reads a plain dump of pg_dump: its statements, and the rows of its COPY blocks. Names are `schema.name`. */
export class PostgresqlDumpScanner extends SqlScanner {
  private readonly tables = new Set<string>();
  private readonly views = new Set<string>();
  private readonly rows = new Map<string, number>();
  private readonly counts = { routines: 0, triggers: 0, events: 0 };
  private table = '';
  private isInBody = false;
  /** The beginning of an incomplete line; undefined for the rest of the COPY line itself. */
  private line: string | undefined;

  constructor() {
    super({ backslashEscapes: false, mysqlClient: false, psqlClient: true });
  }

  end(): DumpContents {
    const { tail, betweenStatements } = this.finish();
    const complete = tail.includes('\n-- PostgreSQL database dump complete\n') && betweenStatements;
    const { tables, views, rows } = this;
    return { tables, views, rows, ...this.counts, complete };
  }

  protected statementEnded(head: string): 'open' | 'data' | 'done' {
    if (this.bodyGoesOn()) return 'open';
    const copy = COPY.exec(head) ?? (head.length > 4000 ? LONG_COPY.exec(head) : null);
    if (copy) {
      this.table = nameOf(copy);
      this.line = undefined;
      return 'data';
    }
    const strings = STRINGS.exec(head)?.[1];
    if (strings !== undefined) this.dialect = { ...this.dialect, backslashEscapes: /^(?:off|false)$/i.test(strings) };
    const [table, view] = [TABLE.exec(head), VIEW.exec(head)];
    if (table) this.tables.add(nameOf(table));
    else if (view) this.views.add(nameOf(view));
    else if (ROUTINE.test(head)) this.counts.routines += 1;
    else if (TRIGGER.test(head)) this.counts.triggers += 1;
    return 'done';
  }

  private bodyGoesOn(): boolean {
    if (!this.isInBody) {
      const bare = outsideBrackets(this.bareHead);
      const before = STANDARD_BODY.exec(bare)?.[0];
      if (before === undefined || /^\s*end\s*$/i.test(bare.slice(before.length))) return false;
    }
    this.isInBody = !/;\s*end\s*$/i.test(this.recent);
    return this.isInBody;
  }

  protected startsData(): boolean {
    return false;
  }

  /** COPY's text format writes a line feed in a value as \n, so each line is a row, up to the line `\.` */
  protected scanData(bytes: Buffer, start: number): number {
    let rows = 0;
    let at = start;
    while (at < bytes.length) {
      const newline = bytes.indexOf(0x0a, at);
      if (newline < 0) {
        if (this.line !== undefined && this.line.length < 3) this.line += bytes.toString('latin1', at, at + 3);
        at = bytes.length;
        break;
      }
      const end =
        this.line !== undefined &&
        this.line.length + newline - at === 2 &&
        this.line + bytes.toString('latin1', at, newline) === '\\.';
      if (this.line !== undefined && !end) rows += 1;
      this.line = '';
      at = newline + 1;
      if (end) {
        this.dataEnded();
        break;
      }
    }
    this.rows.set(this.table, (this.rows.get(this.table) ?? 0) + rows);
    return at;
  }
}

/** Of round brackets, such as those of parameters, only the first sign is left. */
function outsideBrackets(text: string): string {
  let depth = 0;
  let outside = '';
  for (const part of text.split(/([()])/)) {
    if (part === '(') {
      depth += 1;
      if (depth === 1) outside += ' ( ';
    } else if (part === ')' && depth > 0) depth -= 1;
    else if (depth === 0) outside += part;
  }
  return outside;
}

const nameOf = (match: RegExpExecArray): string => `${identifier(match[1] ?? '')}.${identifier(match[2] ?? '')}`;
