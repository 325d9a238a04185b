import type { DumpContents } from '../verify-dump.js';
import { identifier, InsertScanner, tokens } from '../insert-scanner.js';
import type { SqlStrings } from './own-name.js';
import { SqlMode } from './session-settings.js';

const OBJECTS = new Set(['TABLE', 'VIEW', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'EVENT']);

/**
 * Reads a dump as the mysql client would: DELIMITER, `/*!` comments and the string escapes of the
 * SQL mode in force. Statements inside routine bodies count for nothing.
 */
export class MysqlDumpScanner extends InsertScanner {
  private readonly tables = new Set<string>();
  private readonly views = new Set<string>();
  private readonly sqlMode = new SqlMode();
  private readonly counts = { routines: 0, triggers: 0, events: 0 };

  constructor() {
    super({ backslashEscapes: true, mysqlClient: true, psqlClient: false });
  }

  end(): DumpContents {
    const { tail, betweenStatements } = this.finish();
    const footer = /(?:^|\n)-- Dump completed(?: on [^\n]*)?\n?$/.test(tail);
    const { tables, views, rows, longestStatement } = this;
    return { tables, views, rows, ...this.counts, longestStatement, complete: footer && betweenStatements };
  }

  protected statementEnded(head: string): 'done' {
    if (/^create\s/i.test(head)) this.created(this.tokensOf(head));
    else if (/^set\s/i.test(head)) this.modeChanged(head);
    return 'done';
  }

  private created(words: string[]): void {
    const at = words.findIndex((word) => OBJECTS.has(word.toUpperCase()));
    const name = identifier(words[at + 1] ?? '');
    switch (words[at]?.toUpperCase()) {
      case 'TABLE':
        this.tables.add(name);
        break;
      case 'VIEW':
        // The dump first makes a stand-in that has no ALGORITHM; only the real definition counts.
        if (words.slice(0, at).some((word) => word.toUpperCase() === 'ALGORITHM')) this.views.add(name);
        break;
      case 'TRIGGER':
        this.counts.triggers += 1;
        break;
      case 'EVENT':
        this.counts.events += 1;
        break;
      case undefined:
        break;
      default:
        this.counts.routines += 1;
    }
  }

  get backslashEscapes(): boolean {
    return this.dialect.backslashEscapes;
  }

  /** The words of a statement under the SQL mode in force. */
  tokensOf(head: string): string[] {
    return tokens(head, this.dialect);
  }

  get strings(): SqlStrings {
    const { backslashEscapes, ansiQuotes = false } = this.dialect;
    return { backslashEscapes, ansiQuotes };
  }

  /** Routines are created under the SQL mode of their author, which may change what a backslash means. */
  private modeChanged(head: string): void {
    this.sqlMode.follow(head);
    const { backslashEscapes, ansiQuotes } = this.sqlMode;
    this.dialect = { ...this.dialect, backslashEscapes, ansiQuotes };
  }
}
