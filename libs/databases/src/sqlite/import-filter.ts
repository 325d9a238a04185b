import { dumpUnsafe } from '../dump-unsafe.js';
import { HeldBytes } from '../held-bytes.js';
import { SqliteDumpScanner } from './dump-scanner.js';

/** What the shell's `.dump` writes. */
const KNOWN =
  /^(?:pragma (?:foreign_keys|writable_schema) ?= ?(?:on|off)$|begin transaction$|create (?!temp)|insert into |delete from sqlite_sequence$|analyze sqlite_(?:schema|master)$|commit$)/i;

/** A dump on its way into a new file: no statement gets out before it is known to touch nothing else. */
export class SqliteImportFilter extends SqliteDumpScanner {
  private readonly held = new HeldBytes();

  constructor(readonly from: string) {
    super();
  }

  /** @returns what may go to the client now. @throws DatabaseError DUMP_UNSAFE */
  pass(chunk: Uint8Array): Buffer[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.held.add(bytes);
    this.write(bytes);
    return this.held.take();
  }

  /** @returns the rest, and whether the dump was whole. */
  last(): { rest: Buffer[]; complete: boolean } {
    const { complete } = this.end();
    this.held.release(this.held.end);
    return { rest: this.held.take(), complete };
  }

  protected override startsData(): boolean {
    if (!super.startsData()) return false;
    this.held.release(this.position);
    return true;
  }

  protected override scanData(bytes: Buffer, start: number): number {
    const next = super.scanData(bytes, start);
    this.held.release(this.base + next);
    return next;
  }

  protected override statementEnded(head: string): 'open' | 'done' {
    const verdict = super.statementEnded(head);
    if (verdict === 'open') return verdict;
    const statement = head.replaceAll(/\s+/g, ' ').trim();
    // Commands of the shell begin with a dot, and so does no statement.
    if (statement !== '' && !KNOWN.test(statement)) throw dumpUnsafe(this.from, statement);
    this.held.release(this.position);
    return verdict;
  }
}
