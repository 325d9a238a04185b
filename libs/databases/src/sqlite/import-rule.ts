import { ImportFilter, type FilteredStatement, type ImportRule, type Verdict } from '../import-filter.js';
import { identifier } from '../insert-scanner.js';
import { LiteralValues } from '../literal-values.js';
import { SqliteDumpScanner } from './dump-scanner.js';

const NAME = String.raw`("(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\]]*\]|[\w$\x80-\xff]+)`;
const form = (text: string) => new RegExp(`^(?:${text.replaceAll('NAME', NAME)})`, 'i');

/** What the shell's `.dump` writes besides rows and definitions. */
const WHOLE = [
  form(String.raw`pragma (?:foreign_keys|writable_schema) ?= ?(?:on|off)$`),
  form('begin transaction$'),
  form('delete from sqlite_sequence$'),
  form('analyze sqlite_(?:schema|master)$'),
  form('commit$'),
];
/** A table must list its columns: `AS SELECT` would run an expression. No dump has schema names such as `temp.`. */
const TABLE = form(String.raw`create table (?:if not exists )?NAME ?\(`);
const REST = form('create (?:(?:unique )?index|view|trigger) (?:if not exists )?NAME(?! ?\\.)');
const ROWS = form(String.raw`insert into NAME ?(?:\( ?NAME(?: ?, ?NAME)* ?\) ?)?values$`);
const OWN_TABLES = /^sqlite_(?:sequence|stat\d)$/i;
/** A virtual table is written straight into the schema. The shell runs the definition only when it reads the schema again. */
const SCHEMA_ENTRY =
  /^insert into sqlite_(?:schema|master) ?\(type,name,tbl_name,rootpage,sql\) ?values ?\('table','((?:[^']|'')*)','((?:[^']|'')*)',0,'((?:[^']|'')*)'\)$/i;
const VIRTUAL_TABLE = form('create virtual table (?:if not exists )?NAME using \\w+ ?(?:\\(|$)');
const APART = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?\*\//g;

/** The shell takes such a line for the end of a statement, as other databases do. */
const SHELL_END = /^\s*(?:go|\/)\s*$/im;

/** The shell writes line feeds in a string by these functions. */
const VALUES = ['NULL', "X'", 'REPLACE(', 'CHAR(', 'UNISTR('];

/** What may go into a new file. Rows come before everything that could act on them, as in every dump. */
export function sqliteImportRule(): ImportRule {
  const tables = new Set<string>();
  const values = new LiteralValues(VALUES);
  let tablesEnded = false;
  let known: string | undefined;

  const statement = ({ text, head, isWhole, data }: FilteredStatement): Verdict => {
    // Each row has a statement of its own, and those of a table follow one another.
    if (data === 'inside' && isWhole && text === known) return 'pass';
    known = data === 'inside' && isWhole && !tablesEnded && hasRows(text) ? text : undefined;
    if (data === 'inside') return known === undefined ? 'refuse' : 'pass';
    if (!isWhole || SHELL_END.test(head.replaceAll(APART, '?'))) return 'refuse';
    const table = TABLE.exec(text)?.[1];
    if (table !== undefined) {
      if (tablesEnded || /^sqlite_/i.test(identifier(table))) return 'refuse';
      tables.add(folded(table));
      return 'pass';
    }
    if (REST.test(text)) {
      tablesEnded = true;
      return 'pass';
    }
    return WHOLE.some((one) => one.test(text)) || isVirtualTable(head.trim()) ? 'pass' : 'refuse';
  };
  const hasRows = (text: string): boolean => {
    const name = folded(ROWS.exec(text)?.[1] ?? '');
    return tables.has(name) || OWN_TABLES.test(name);
  };
  const isVirtualTable = (entry: string): boolean => {
    const [, name = '', table, sql = ''] = SCHEMA_ENTRY.exec(entry) ?? [];
    if (name === '' || name !== table || tables.has(folded(`'${name}'`))) return false;
    const definition = sql.replaceAll("''", "'");
    const defined = VIRTUAL_TABLE.exec(definition.replaceAll(/\s+/g, ' '))?.[1];
    return defined !== undefined && folded(defined) === folded(`'${name}'`) && isOneStatement(definition);
  };
  return { statement, isData: (bytes) => values.read(bytes, false), isText: true };
}

export const sqliteImportFilter = (from: string): ImportFilter =>
  new ImportFilter(from, new SqliteDumpScanner(), sqliteImportRule());

/** SQLite ignores the case of ASCII letters in the names of tables. */
const folded = (token: string): string => identifier(token).replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** No semicolon outside strings, names and comments, and none of those unterminated. */
const isOneStatement = (sql: string): boolean => !/[;'"`[\0]|\/\*/.test(sql.replaceAll(APART, ' '));
