import { dumpUnsafe } from '../dump-unsafe.js';
import { HeldBytes } from '../held-bytes.js';
import { PostgresqlDumpScanner } from './dump-scanner.js';

/** What pg_dump writes. A session of PostgreSQL knows one database, so only what all databases share must be kept out. */
const KNOWN =
  /^(?:set |select pg_catalog\.|create |alter |comment on |copy |insert into |grant |revoke |refresh materialized view |security label |begin$|commit$)/i;
const SHARED =
  /^(?:(?:create|alter) (?:database|role|user(?! mapping)|group|tablespace|system)\b|(?:comment on|security label (?:for \S+ )?on) (?:database|role|tablespace)\b|(?:grant|revoke) (?:[\w, ]+) on (?:database|tablespace|parameter)\b|copy .* from (?!stdin)|copy .* to\b)/is;
/** Membership of roles is shared as well: a grant that is on nothing. */
const MEMBERSHIP = /^(?:grant|revoke) (?!.* on )/is;
const OWNERSHIP = /^(?:alter .* owner to |grant |revoke |alter default privileges |set session authorization )/is;
/** Only servers of version 17 and later know it, and newer clients write it for older servers too. */
const UNKNOWN_TO_OLDER = /^set transaction_timeout\b/i;
/** They only guard psql against the other commands, and older ones do not know them. */
const GUARDS = new Set(['\\restrict', '\\unrestrict']);

/** A dump on its way into a new database: no statement gets out before it is known to touch nothing else. */
export class PostgresqlImportFilter extends PostgresqlDumpScanner {
  private readonly held = new HeldBytes();

  constructor(
    readonly from: string,
    private readonly withoutOwners: boolean,
  ) {
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
    this.held.replace(this.held.end, withoutGuards);
    return { rest: this.held.take(), complete };
  }

  protected override scanData(bytes: Buffer, start: number): number {
    const next = super.scanData(bytes, start);
    this.held.release(this.base + next);
    return next;
  }

  protected override statementEnded(head: string): 'data' | 'done' {
    const statement = head.replaceAll(/\s+/g, ' ').trim();
    const foreign = SHARED.test(statement) || MEMBERSHIP.test(statement);
    if (statement !== '' && (foreign || !KNOWN.test(statement))) throw dumpUnsafe(this.from, statement);
    const verdict = super.statementEnded(head);
    const leftOut = UNKNOWN_TO_OLDER.test(statement) || (this.withoutOwners && OWNERSHIP.test(statement));
    this.held.replace(this.position, (text) => withoutGuards(leftOut ? '' : text));
    return verdict;
  }

  protected override clientCommandBegins(word: string): void {
    if (!GUARDS.has(word)) throw dumpUnsafe(this.from, word);
  }
}

/** They stand on lines of their own, between statements. */
const withoutGuards = (text: string): string => text.replaceAll(/^\\(?:un)?restrict .*$/gm, '');
