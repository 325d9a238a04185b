import { ImportFilter, type FilteredStatement, type ImportRule, type Verdict } from '../import-filter.js';
import { COPY, PostgresqlDumpScanner, STRINGS } from './dump-scanner.js';

/** Encodings without ASCII bytes inside other characters: server and client agree on where a string ends. */
const ENCODING = String.raw`(?:utf-?8|unicode|sql_ascii|latin\d+|win\d+|iso_8859_\d+|koi8-?[ru]|euc_\w+)`;

/** What pg_dump writes, whole. A session of PostgreSQL reaches one database, so only what all databases share is kept out. */
const WHOLE = [
  String.raw`set (?:statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout) = '?\d+\w*'?`,
  'set (?:standard_conforming_strings|check_function_bodies|row_security|escape_string_warning|default_with_oids|quote_all_identifiers) = (?:on|off|true|false)',
  'set (?:xmloption|client_min_messages|default_table_access_method) = [\\w"]+',
  `set default_tablespace = (?:'[^'\\\\]*'|"(?:[^"]|"")*"|\\w+)`,
  `set client_encoding = '${ENCODING}'`,
  String.raw`set search_path = (?:[\w$\x80-\xff]+|"(?:[^"]|"")*")(?:, ?(?:[\w$\x80-\xff]+|"(?:[^"]|"")*"))*`,
  `select pg_catalog\\.set_config\\('search_path', '[^'\\\\]*', false\\)`,
  String.raw`select pg_catalog\.(?:setval|lo_create|lo_open|lowrite|lo_write|lo_close)\((?:'(?:[^']|'')*'|[-\w]+)(?:, (?:'(?:[^']|'')*'|[-\w]+))*\)`,
  'begin',
  'commit',
  'alter (?!(?:database|role|user(?! mapping)|group|tablespace|system|subscription(?! .* owner to))\\b).*',
  '(?:comment on|security label (?:for \\S+ )?on) (?!(?:database|role|tablespace)\\b).*',
  String.raw`(?:grant|revoke) (?=(?:(?!\b(?:to|from) )[\w ,]|\((?:"(?:[^"]|"")*"|[^"'()])*\))+ on )(?![\w, ()]+ on (?:database|tablespace|parameter)\b).*`,
  'refresh materialized view .*',
].map((text) => new RegExp(`^(?:${text})$`, 'is'));

/** A definition may be too long to hold back; its first words tell what it creates. */
const CREATE =
  /^create (?!database\b|role\b|user(?! mapping)\b|group\b|tablespace\b|subscription\b|temp|(?:unlogged )?table (?:[^("]|"(?:[^"]|"")*")*\bas\b)/i;
const SUBSCRIPTION = /^create subscription .* with \(connect = false\b/is;

const OWNERSHIP = /^(?:alter .* owner to |grant |revoke |alter default privileges )/is;
/** Only servers from version 17 on know it, but newer clients write it for older servers too. */
const UNKNOWN_TO_OLDER = /^set transaction_timeout\b/i;
/** They only guard psql against other commands, and older clients do not know them. */
const GUARDS = ['\\restrict', '\\unrestrict'];

/** Where owners are left out, a superuser has already created what the dump may not, and owns it. */
const ANOTHERS = /^(?:comment on extension |create subscription |alter subscription )/i;
const OWN_SCHEMA = /^create\s+schema\s+/i;

/** @param seen called with each statement */
export function postgresqlImportRule(
  withoutOwners: boolean,
  seen: (text: string) => void = () => undefined,
): ImportRule {
  const statement = ({ text, head, isWhole, data }: FilteredStatement): Verdict => {
    if (data === 'follows') return isWhole && COPY.test(text) ? 'pass' : 'refuse';
    if (withoutOwners && OWN_SCHEMA.test(text)) return isWhole ? () => orFound(head) : 'refuse';
    if (CREATE.test(text)) return 'pass';
    if (!isWhole || !(WHOLE.some((one) => one.test(text)) || SUBSCRIPTION.test(text))) return 'refuse';
    if (UNKNOWN_TO_OLDER.test(text)) return 'skip';
    return withoutOwners && (OWNERSHIP.test(text) || ANOTHERS.test(text)) ? 'skip' : 'pass';
  };
  const session = new SessionSettings();
  let isOnCopyLine = false;
  const watched = (one: FilteredStatement): Verdict => {
    const verdict = statement(one);
    seen(one.text);
    session.ended(one.text);
    isOnCopyLine = one.data === 'follows';
    return verdict;
  };
  /** psql reads the rest of the line of a COPY as statements, once it has the rows. */
  const isData = (bytes: Buffer): boolean => {
    if (!isOnCopyLine) return true;
    const newline = bytes.indexOf(0x0a);
    isOnCopyLine = newline < 0;
    return /^[ \t\r]*$/.test(bytes.toString('latin1', 0, isOnCopyLine ? bytes.length : newline));
  };
  return { statement: watched, isData, before: (text) => session.before(text), commands: GUARDS, isText: true };
}

/**
 * Where strings end depends on two settings of the session. A function of the dump may have changed them, such as one that checks
 * a row, and psql learns of a change only with the next line. So they are set again before whatever depends on them.
 */
class SessionSettings {
  private strings = 'on';
  private encoding = 'RESET client_encoding';
  /** The statement whose text is asked for next. */
  private latest = '';

  ended(statement: string): void {
    this.latest = statement;
  }

  before(text: string): string {
    const again = DEPENDS_ON_SESSION.test(text)
      ? `\nSET standard_conforming_strings = ${this.strings};\n${this.encoding};\n`
      : '';
    this.strings = STRINGS.exec(this.latest)?.[1] ?? this.strings;
    if (SET_ENCODING.test(this.latest)) this.encoding = this.latest;
    this.latest = '';
    return again;
  }
}
/** A quote behind a backslash; bytes that may be half a character. */
const DEPENDS_ON_SESSION = /\\'|[\x80-\xff]/;
const SET_ENCODING = new RegExp(`^set client_encoding = '${ENCODING}'$`, 'i');

/** The schema of an extension may be there already. */
const orFound = (head: string): string => `\n${head.trim().replace(OWN_SCHEMA, 'CREATE SCHEMA IF NOT EXISTS ')};`;

export const postgresqlImportFilter = (
  from: string,
  withoutOwners: boolean,
  seen?: (text: string) => void,
): ImportFilter => new ImportFilter(from, new PostgresqlDumpScanner(), postgresqlImportRule(withoutOwners, seen));
