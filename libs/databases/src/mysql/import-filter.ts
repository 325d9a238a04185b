import { dumpUnsafe } from '../dump-unsafe.js';
import { HeldBytes } from '../held-bytes.js';
import { identifier, tokens } from '../insert-scanner.js';
import { quoted } from './contents.js';
import { MysqlDumpScanner } from './dump-scanner.js';
import { withEventState, type EventState } from './event-state.js';

const NAME = '(`(?:[^`]|``)*`|"(?:[^"]|"")*"|[\\w$\\x80-\\xff]+)';
const pattern = (text: string) => new RegExp(text.replace('NAME', NAME), 'i');

/** What dump clients write, each with the one name that it is about. Anything else is refused. */
const ABOUT_ONE_NAME = [
  'drop (?:table|view|sequence|procedure|function|trigger|event|package(?: body)?) (?:if exists )?NAME( ?[.,])?',
  '(?:insert|replace) (?:ignore )?into NAME( ?\\.)?',
  'alter table NAME( ?\\.)?',
  '(?:do|select) setval\\( ?NAME( ?\\.)?',
].map((text) => pattern(`^${text}`));
const HARMLESS =
  /^(?:set (?!.*\b(?:global|persist|persist_only)\b|password\b|(?:default )?role\b)|start transaction|begin|commit)/is;
const CREATE_WHAT =
  /^(?:or|temporary|table|algorithm|definer|sql|view|trigger|procedure|function|aggregate|package|event|sequence)$/i;
const OBJECT = /^(?:table|view|trigger|procedure|function|package|event|sequence)$/i;
const ALTER_DATABASE = pattern('^alter (?:database|schema) NAME character set');
const LOCK = /^(?:un)?lock tables\b/i;

export interface FilterOptions {
  /** The database that was dumped. */
  from: string;
  into: string;
  /** What becomes of the events. */
  events: EventState;
  /** Columns that take their default from a sequence of the old database take it from the new one. */
  ownSequences?: boolean;
}

/**
 * A dump on its way into another database than it came from: no statement gets out before it is known to touch nothing else.
 * Dumps name their own database where it has changed its character set; that becomes the new one. Tables are not
 * locked, for nobody else knows them, and a locked table could not take a default from a sequence.
 */
export class MysqlImportFilter extends MysqlDumpScanner {
  private readonly held = new HeldBytes();

  constructor(readonly options: FilterOptions) {
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
    this.requireSafe(this.head);
    this.held.release(this.position);
    return true;
  }

  protected override scanData(bytes: Buffer, start: number): number {
    const next = super.scanData(bytes, start);
    this.held.release(this.base + next);
    return next;
  }

  protected override statementEnded(head: string): 'done' {
    const statement = head.replaceAll(/\s+/g, ' ').trimStart();
    if (LOCK.test(statement)) this.replace((text) => text.replace(/^(?:un)?lock tables\b[^]*$/im, ''));
    else if (ALTER_DATABASE.test(statement)) this.redirect(statement);
    else if (/^(?:insert|replace) /i.test(statement)) this.refuse(statement);
    else this.requireSafe(statement);
    if (isEvent(statement)) {
      const { delimiter } = this;
      this.replace((text) => withEventState(text, this.options.events, delimiter) ?? this.refuse(statement));
    }
    if (this.options.ownSequences && /^create (?:or replace )?table\b/i.test(statement)) this.takeSequences();
    this.held.release(this.position);
    return super.statementEnded(head);
  }

  private redirect(statement: string): void {
    const token = ALTER_DATABASE.exec(statement)?.[1] ?? '';
    if (identifier(token) !== this.options.from) this.refuse(statement);
    const into = bytesOf(this.options.into);
    this.replace((text) =>
      text.replace(
        /(alter\s+(?:database|schema)\s+)[^]*?(\s+character\s+set)/i,
        (_, before: string, after: string) => before + into + after,
      ),
    );
  }

  /** A dump names the database of a sequence, though it names no other. */
  private takeSequences(): void {
    const [from, into] = [bytesOf(this.options.from), bytesOf(this.options.into)];
    this.replace((text) => text.replaceAll(`nextval(${from}.`, `nextval(${into}.`));
  }

  private requireSafe(head: string): void {
    const statement = head.replaceAll(/\s+/g, ' ').trim();
    if (statement === '' || HARMLESS.test(statement)) return;
    const about = ABOUT_ONE_NAME.map((one) => one.exec(statement)).find((match) => match !== null);
    if (about ? about[2] === undefined : createsHere(statement)) return;
    this.refuse(statement);
  }

  private refuse(statement: string): never {
    throw dumpUnsafe(this.options.from, statement);
  }

  private replace(change: (text: string) => string): void {
    this.held.replace(this.position, change);
  }
}

/** A quoted name, one character a byte. */
const bytesOf = (name: string): string => Buffer.from(quoted(name)).toString('latin1');

const isEvent = (statement: string): boolean =>
  /^create\b/i.test(statement) &&
  tokens(statement)
    .find((word) => OBJECT.test(word))
    ?.toUpperCase() === 'EVENT';

/** CREATE of one of the things that live in a database, without naming a database. */
function createsHere(statement: string): boolean {
  const words = tokens(statement);
  if (words[0]?.toUpperCase() !== 'CREATE' || !CREATE_WHAT.test(words[1] ?? '')) return false;
  let name = words.findIndex((word) => OBJECT.test(word)) + 1;
  if (name === 0) return false;
  const isTable = words[name - 1]?.toUpperCase() === 'TABLE';
  if (words[name]?.toUpperCase() === 'BODY') name += 1;
  if (words[name]?.toUpperCase() === 'IF') name += 3;
  // A table that has no columns of its own is made from another one.
  return isTable ? words[name + 1] === '(' : words[name + 1] !== '.';
}
