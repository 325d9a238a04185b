// Filters a dump on its way into another database. No statement passes before the rule of its kind allows it. What the rule does
// not know, and what is too long to see whole, is refused.
import { dumpUnsafe, statementTooLong } from './dump-unsafe.js';
import { HeldBytes } from './held-bytes.js';
import { incomplete, type DumpContents } from './verify-dump.js';
import type { ScanListener, SqlScanner, Statement } from './sql-scanner.js';

/**
 * What becomes of a statement: a function says what goes out instead of its text, in which the comments before it are; where it
 * says nothing, the statement is refused.
 */
export type Verdict = 'pass' | 'skip' | 'refuse' | ((text: string) => string | undefined);

/** A statement as a rule sees it: without comments, one character per byte. */
export interface FilteredStatement {
  /** Trimmed, with all white space as single blanks. */
  text: string;
  /** As written. */
  head: string;
  /** `false` where only the beginning could be kept. */
  isWhole: boolean;
  delimiter: string;
  /** The statement has bulk data. `inside`: its text ends before the data. */
  data: 'none' | 'follows' | 'inside';
}

/** What one kind of database allows. A rule may remember what it has let through. */
export interface ImportRule {
  statement(statement: FilteredStatement): Verdict;
  /** Whether the bulk data so far are only values. Default: the format allows nothing else. */
  isData?: (bytes: Buffer) => boolean;
  /** What goes to the client before these statements and comments, so that it reads them as the scanner did. */
  before?: (text: string) => string;
  /** The client reads lines, and drops what a line has after a NUL: a dump with one is refused. */
  isText?: boolean;
  /** Client commands that are dropped between statements. Any other is refused. */
  commands?: readonly string[];
}

export interface DumpScanner extends SqlScanner {
  end(): DumpContents;
}

/** The longest statement that is held back and seen whole, in bytes. Bulk data is not held. */
const LONGEST = 1024 * 1024;
/** The longest definition, which is held back until it ends, in bytes. */
const LONGEST_HELD = 64 * 1024 * 1024;

export class ImportFilter implements ScanListener {
  private readonly held = new HeldBytes();
  private skipsLine = false;

  constructor(
    /** The name of the dumped database. */
    readonly from: string,
    private readonly scanner: DumpScanner,
    private readonly rule: ImportRule,
  ) {
    scanner.listen(this, LONGEST);
  }

  /** @returns what may go to the client now. @throws DatabaseError DUMP_UNSAFE */
  pass(chunk: Uint8Array): Buffer[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.rule.isText && bytes.includes(0)) throw dumpUnsafe(this.from, 'a NUL byte');
    this.held.add(bytes);
    this.scanner.write(bytes);
    if (this.held.length > LONGEST_HELD) throw statementTooLong(this.from, LONGEST_HELD);
    return this.held.take();
  }

  /** @returns the rest, and whether the dump was complete. */
  last(): { rest: Buffer[]; complete: boolean } {
    const { complete } = this.scanner.end();
    this.release(this.held.end);
    return { rest: this.held.take(), complete };
  }

  statement({ head, isWhole, isClear, delimiter }: Statement, position: number, data: FilteredStatement['data']): void {
    const text = head.replaceAll(/\s+/g, ' ').trim();
    if (!isClear) throw dumpUnsafe(this.from, text);
    const verdict = text === '' ? 'pass' : this.rule.statement({ text, head, isWhole, delimiter, data });
    if (verdict === 'refuse') throw dumpUnsafe(this.from, text);
    if (verdict === 'pass') this.release(position);
    else if (verdict === 'skip') this.release(position, () => '');
    else
      this.release(position, (all) => {
        const changed = verdict(all);
        if (changed === undefined) throw dumpUnsafe(this.from, text);
        return changed;
      });
  }

  data(bytes: Buffer, position: number): void {
    if (this.rule.isData?.(bytes) === false) throw dumpUnsafe(this.from, 'rows that are more than values');
    this.held.release(position);
  }

  command(word: string, position: number, isInside: boolean): void {
    if (isInside || !this.rule.commands?.includes(word)) throw dumpUnsafe(this.from, word);
    this.release(position);
    this.skipsLine = true;
  }

  delimiter(isClear: boolean, position: number): void {
    if (!isClear) throw dumpUnsafe(this.from, 'DELIMITER');
    this.release(position);
  }

  private release(position: number, change?: (text: string) => string): void {
    const { before } = this.rule;
    if (!this.skipsLine && !change && !before) this.held.release(position);
    else {
      const withoutLine = this.skipsLine ? (text: string) => text.replace(/^[^\n]*\n?/, '') : (text: string) => text;
      this.held.replace(position, (all) => {
        const text = (change ?? ((rest) => rest))(withoutLine(all));
        return (before?.(text) ?? '') + text;
      });
    }
    this.skipsLine = false;
  }
}

/** The part of a dump that a client may see. @throws DatabaseError DUMP_UNSAFE, DUMP_INCOMPLETE where the dump is cut off */
export async function* filtered(dump: AsyncIterable<Uint8Array>, filter: ImportFilter): AsyncGenerator<Uint8Array> {
  for await (const chunk of dump) yield* filter.pass(chunk);
  const { rest, complete } = filter.last();
  if (!complete) throw incomplete(filter.from, 'the dump is cut off');
  yield* rest;
}
