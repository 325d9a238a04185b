import { ImportFilter, type FilteredStatement, type ImportRule, type Verdict } from '../import-filter.js';
import { identifier } from '../insert-scanner.js';
import { LiteralValues } from '../literal-values.js';
import { quoted } from './contents.js';
import { createdThing, placeOfRows, sequencesOf, type CreatedThing } from './created-thing.js';
import { MysqlDumpScanner } from './dump-scanner.js';
import { withEventState, type EventState } from './event-state.js';
import { isOneStatement } from './one-statement.js';
import { databasesIn, withOwnName } from './own-name.js';
import { SessionSettings } from './session-settings.js';

const NAME = '(`(?:[^`]|``)*`|"(?:[^"]|"")*"|[\\w$\\x80-\\xff]+)';
const form = (text: string) => new RegExp(`^(?:${text.replaceAll('NAME', NAME)})$`, 'i');

/** What dump clients write besides settings, definitions and rows. Each names only things of its own database. */
const WHOLE = [
  'drop (?:table|view|sequence|procedure|function|trigger|event|package(?: body)?) (?:if exists )?NAME',
  'alter table NAME (?:disable|enable) keys',
  '(?:do|select) setval\\( ?NAME(?: ?, ?-?\\d+)+ ?\\)',
  'start transaction|begin|commit',
].map(form);
const ROWS = form('(?:insert|replace) (?:ignore )?into NAME ?(?:\\( ?NAME(?: ?, ?NAME)* ?\\) ?)?values');
const ALTER_DATABASE = form('alter (?:database|schema) NAME (character set \\w+(?: collate \\w+)?)');
const LOCK = form('unlock tables|lock tables NAME (?:read(?: local)?|write)(?: ?, ?NAME (?:read(?: local)?|write))*');
const VALUES = ['NULL', "_BINARY '", "B'", "X'"];

export interface FilterOptions {
  /** The name of the dumped database. */
  from: string;
  into: string;
  /** The state of the imported events. */
  events: EventState;
  /** Columns whose default comes from a sequence of the old database get it from the new one. */
  ownSequences?: boolean;
  /** Events that must stay disabled on a replica when the others awake. */
  onReplica?: readonly string[];
  /** Where other databases may be missing: those that are there, and whom to tell of a view that reads another one. */
  others?: undefined | { known: ReadonlySet<string>; untried: (view: string, database: string) => void };
  /** The database has a table or view of its own name. */
  isTableToo?: boolean;
}

/**
 * What may go into another database. A dump names its own database where it has changed its character set, and where the author of a definition
 * did; that name is replaced by the new one. Tables are not locked: nobody else knows them, and a locked table can't take a default from a sequence. Rows go
 * into tables that the dump has created, before their triggers, as in every dump.
 */
function mysqlImportRule(options: FilterOptions, scanner: MysqlDumpScanner): ImportRule {
  const filled = new Set<string>();
  const values = new LiteralValues(VALUES);
  const settings = new SessionSettings();

  const statement = ({ text, isWhole, delimiter, data }: FilteredStatement): Verdict => {
    if (data === 'inside') return isWhole && delimiter === ';' && hasRows(text) ? 'pass' : 'refuse';
    if (/^create /i.test(text)) return created(text, isWhole, delimiter);
    if (!isWhole) return 'refuse';
    if (LOCK.test(text)) return 'skip';
    const charset = ALTER_DATABASE.exec(text)?.[2];
    if (charset !== undefined)
      return nameIn(ALTER_DATABASE, text) === options.from ? (all) => redirected(all, charset, delimiter) : 'refuse';
    return settings.allow(text) || WHOLE.some((one) => one.test(text)) ? 'pass' : 'refuse';
  };
  const hasRows = (text: string): boolean => filled.has(nameIn(ROWS, text).toLowerCase());

  const created = (text: string, isWhole: boolean, delimiter: string): Verdict => {
    const thing = createdThing(scanner.tokensOf(text), options.from);
    if (!thing || (delimiter !== ';' && !(isWhole && isOneStatement(thing)))) return 'refuse';
    if (thing.isQualified && !leadsToNew(text)) return 'refuse';
    const name = thing.name.toLowerCase();
    switch (thing.kind) {
      case 'TABLE': {
        const rows = isWhole ? placeOfRows(thing.rest) : undefined;
        if (rows === undefined || sequencesOf(thing.rest).some((from) => from !== options.from)) return 'refuse';
        if (rows === 'here') filled.add(name);
        else filled.delete(name);
        return options.ownSequences ? ownSequences : 'pass';
      }
      case 'VIEW':
        filled.delete(name);
        return view(thing, text, delimiter);
      case 'TRIGGER':
        filled.delete(thing.on?.toLowerCase() ?? '');
        return ownNames();
      case 'EVENT':
        return isWhole ? inState(delimiter, text, thing.name) : 'refuse';
      case 'SEQUENCE':
        return 'pass';
      default:
        return ownNames();
    }
  };

  const inState = (delimiter: string, text: string, name: string): Verdict => {
    const stays = options.events === 'awake' && options.onReplica?.includes(name);
    const events = stays ? 'same' : options.events;
    if (withEventState(text, events, delimiter) === undefined) return 'refuse';
    const change = ownNames();
    return (all) => {
      const changed = withEventState(all, events, delimiter);
      return changed === undefined ? undefined : change(changed);
    };
  };
  const standIns = new Map<string, string>();
  /** A view of a missing database keeps the stand-in that dumps make for each view, so that other views find its columns. */
  const view = ({ name, isStandIn }: CreatedThing, text: string, delimiter: string): Verdict => {
    if (isStandIn) standIns.set(name, text);
    const standIn = standIns.get(name);
    if (!options.others || isStandIn || standIn === undefined) return ownNames();
    const { known, untried } = options.others;
    const missing = databasesIn(text, scanner.strings).find((other) => other !== options.from && !known.has(other));
    if (missing === undefined) return ownNames();
    untried(name, missing);
    return () => `\n${standIn}${delimiter}`;
  };
  /** Under the SQL mode that is in force now. */
  const ownNames = () => {
    const { from, into, isTableToo = false } = options;
    const { strings } = scanner;
    return (all: string): string => withOwnName(all, { from, into, isTableToo }, strings);
  };
  const leadsToNew = (text: string): boolean =>
    options.from === options.into ||
    createdThing(scanner.tokensOf(ownNames()(text)), options.into)?.isQualified === true;
  const redirected = (all: string, charset: string, delimiter: string): string =>
    `${/^\s*/.exec(all)?.[0]}ALTER DATABASE ${bytesOf(options.into)} ${charset} ${delimiter}`;
  /** A dump names the database of a sequence, though it names no other. */
  const ownSequences = (all: string): string =>
    all.replaceAll(`nextval(${bytesOf(options.from)}.`, `nextval(${bytesOf(options.into)}.`);

  return { statement, isData: (bytes) => values.read(bytes, scanner.backslashEscapes) };
}

export function mysqlImportFilter(options: FilterOptions): ImportFilter {
  const scanner = new MysqlDumpScanner();
  return new ImportFilter(options.from, scanner, mysqlImportRule(options, scanner));
}

const nameIn = (one: RegExp, text: string): string => identifier(one.exec(text)?.[1] ?? '');

/** A quoted name, one character per byte. */
const bytesOf = (name: string): string => Buffer.from(quoted(name)).toString('latin1');
