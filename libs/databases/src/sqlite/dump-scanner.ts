import { identifier, InsertScanner, tokens } from '../insert-scanner.js';
import type { DumpContents } from '../verify-dump.js';

/** Reads the output of the sqlite3 shell's `.dump`. */
export class SqliteDumpScanner extends InsertScanner {
  private readonly tables = new Set<string>();
  private readonly views = new Set<string>();
  private triggers = 0;
  private latest = '';
  /** The tables that the shell could not read to their end; '' for the schema. */
  readonly damaged = new Set<string>();

  constructor() {
    super({ backslashEscapes: false, mysqlClient: false, psqlClient: false, bracketNames: true });
  }

  end(): DumpContents {
    const { tail, betweenStatements } = this.finish();
    const complete = /(?:^|\n)COMMIT;\n$/.test(tail) && betweenStatements;
    const { tables, views, rows, triggers } = this;
    return { tables, views, rows, triggers, routines: 0, events: 0, complete };
  }

  /** An entry of the schema is a definition and not a row. */
  protected override startsData(): boolean {
    return !/^insert into sqlite_(?:schema|master)\b/i.test(this.head) && super.startsData();
  }

  protected statementEnded(head: string): 'open' | 'done' {
    const words = tokens(head.slice(0, 1000), this.dialect);
    if (words[0]?.toUpperCase() !== 'CREATE') return 'done';
    if (words[1]?.toUpperCase() === 'TRIGGER') return this.triggerEnded();
    const name = identifier(words[words[2]?.toUpperCase() === 'IF' ? 5 : 2] ?? '');
    if (words[1]?.toUpperCase() === 'TABLE') this.tables.add((this.latest = name));
    if (words[1]?.toUpperCase() === 'VIEW') this.views.add(name);
    return 'done';
  }

  /** In a trigger, a semicolon ends the statement only as `; END;`, as in sqlite3_complete(). */
  private triggerEnded(): 'open' | 'done' {
    if (!/;\s*end\s*$/i.test(this.recent)) return 'open';
    this.triggers += 1;
    return 'done';
  }

  /** The shell reports errors as comments in the dump, some of them with exit code 0. */
  protected override commentBetweenStatements(opener: string): void {
    if (opener.startsWith('/****')) this.damaged.add(this.latest);
  }
}
