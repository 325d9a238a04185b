// The grammars of the three kinds. `apart` and `reaches` read SQL on their own, without the scanners.
import { mysqlImportFilter } from '../mysql/import-rule.js';
import { postgresqlImportFilter } from '../postgresql/import-rule.js';
import { sqliteImportFilter } from '../sqlite/import-rule.js';
import type { DumpGrammar } from './dump-fuzz.js';

const doubled = (text: string, quote = "'"): string => text.replaceAll(quote, quote + quote);
const slashed = (text: string): string => doubled(text.replaceAll('\\', '\\\\'));
const oneLine = (text: string): string => text.replaceAll('\n', ' ');

const MYSQL_STRING = /'(?:[^'\\]|\\[^]|'')*(?:'|$)|"(?:[^"\\]|\\[^]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)/.source;
const MYSQL_COMMENT = /--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!M?!)[^]*?(?:\*\/|$)/.source;
const NEWER_ONLY = new RegExp(
  String.raw`(${MYSQL_STRING}|${MYSQL_COMMENT}|\*\/)|\/\*(?:M!\d*|!(?:50[7-9]\d\d|[6-9]\d{4}|1\d{5})).*?(?:\*\/|$(?![^]))`,
  'gs',
);

const mysql: DumpGrammar = {
  create: () => mysqlImportFilter({ from: 'shop', into: 'incoming', events: 'asleep' }),
  before: '/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `t` (`id` int, `a` text);\n',
  after: '\n-- Dump completed on 2026-01-01\n',
  harmless: [
    (text) => `INSERT INTO \`t\` VALUES (1,'${slashed(text)}'),(-2.5e3,_binary '${slashed(text)}');`,
    (text) => `CREATE TABLE \`u\` (\`${doubled(text, '`')}\` int COMMENT '${slashed(text)}');`,
    (text) => `-- ${oneLine(text)}\nDROP TABLE IF EXISTS \`${doubled(text, '`')}\`;`,
    (text) => `/* ${text.replaceAll('*/', '')} */ /*!40000 ALTER TABLE \`t\` DISABLE KEYS */;`,
    () => "SET @saved = @@sql_mode, sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\nSET sql_mode = @saved;",
    () => 'DELIMITER ;;\nCREATE DEFINER=`a`@`b` PROCEDURE `p`()\nBEGIN SELECT 1; END ;;\nDELIMITER ;',
    () => 'LOCK TABLES `t` WRITE;\nUNLOCK TABLES;',
    (text) =>
      `CREATE TABLE \`w\` (\`a\` int /*!80023 INVISIBLE */ COMMENT '${slashed(text)}') /*!50100 PARTITION BY HASH (\`a\`) */;`,
    () => '/*M!100616 SET @note=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;',
  ],
  hostile: [
    'DROP TABLE live.orders',
    'DROP DATABASE live',
    'USE live',
    'CREATE DATABASE live',
    'INSERT INTO live.orders VALUES (1)',
    'INSERT INTO t VALUES (SLEEP(100))',
    'INSERT INTO t SELECT * FROM live.orders',
    'DELETE FROM live.orders',
    'UPDATE live.orders SET id = 1',
    'ALTER TABLE t RENAME TO live.orders',
    'ALTER TABLE t EXCHANGE PARTITION p WITH TABLE live.orders',
    'ALTER DATABASE live CHARACTER SET latin1',
    'RENAME TABLE t TO live.t',
    'SET GLOBAL event_scheduler = 1',
    'SET @@GLOBAL.read_only = 0',
    'GRANT ALL ON *.* TO a@b',
    'CREATE USER a@b',
    'CREATE TABLE x LIKE live.orders',
    'CREATE TABLE x (id int REFERENCES live.orders (id))',
    'CREATE TABLE live.x (id int)',
    'CREATE TRIGGER x BEFORE INSERT ON live.orders FOR EACH ROW SET @a = 1',
    'LOAD DATA INFILE "x" INTO TABLE t',
    'CALL live.p()',
    'FLUSH PRIVILEGES',
    '/*!50700 CREATE TABLE x ( */ DROP DATABASE live /*!50700 ) */',
    '/*M!100100 CREATE TABLE x ( */ DROP DATABASE live /*M!100100 ) */',
    'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DROP DATABASE live',
    'CREATE TABLE x (id int DEFAULT nextval(live.s))',
    'SET sql_mode = 1048576',
    'DELIMITER ;;\nCREATE PROCEDURE q() SELECT 1; DROP DATABASE live;;\nDELIMITER ;\n',
    'DELIMITER ;;\nCREATE PROCEDURE q() BEGIN SELECT 1; END; DROP DATABASE live;;\nDELIMITER ;\n',
    'DELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1; DROP DATABASE live;;\nDELIMITER ;\n',
    'DELIMITER ;;\nCREATE TABLE x (id int); DROP DATABASE live;;\nDELIMITER ;\n',
  ],
  phrases: ['begin', 'commit', 'start transaction', 'unlock tables', 'set names utf8mb4', 'create table x (id int)'],
  blanks: ['\t', '\n', '  ', '/**/', '/* ; */', " -- it's\n", '#"\n', " /* ' */ ", '/*!*/', '/*!50000 */'],
  fragments: [
    "'",
    '"',
    '`',
    '\\',
    '-- ',
    '--',
    '#',
    '/*',
    '*/',
    '/*!50000 ',
    '/*!50700 ',
    '/*!99999 ',
    '/*!123 ',
    '/*M!100100 ',
    '\nDELIMITER ;;\n',
    '\nDELIMITER //\n',
    ';;\nDELIMITER ;\n',
    '/*!',
    ';',
    '\n',
    "\\'",
    "''",
  ],
  apart: new RegExp(String.raw`${MYSQL_STRING}|${MYSQL_COMMENT}|\/\*M?!\d{0,6}|\*\/`, 'g'),
  readings: [(text) => text.replaceAll(NEWER_ONLY, (_, kept: string | undefined) => kept ?? '/**/')],
  reaches: (statement) =>
    !/^(?:create |insert |drop (?:table|procedure) |alter table |set |(?:un)?lock |select 1$|end$|delimiter)/i.test(
      statement,
    ) && /\blive\b|\bglobal\b|sleep|\ba@b\b|infile|privileges/i.test(statement),
};

const PG_DATA = /(?<=^|;)COPY [^;']*\bFROM stdin;(?:[^]*?\n\\\.(?:\n|(?![^]))|[^]*)/;

/** Comments that nest as deep as any dump here. */
const nested = (depth: number): string =>
  String.raw`\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)${depth === 0 ? '' : `|${nested(depth - 1)}`})*\*\/`;

const enclosed = (depth: number): string => String.raw`\((?:[^()]${depth === 0 ? '' : `|${enclosed(depth - 1)}`})*\)`;

const postgresql: DumpGrammar = {
  isText: true,
  create: () => postgresqlImportFilter('shop', false),
  before:
    "SET statement_timeout = 0;\nSET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\n",
  after: '\n--\n-- PostgreSQL database dump complete\n--\n',
  harmless: [
    (text) => `CREATE TABLE public."${doubled(text, '"')}" (id integer DEFAULT 1);`,
    (text) => `COMMENT ON TABLE public.t IS '${doubled(text)}';`,
    (text) => `COMMENT ON TABLE public.t IS E'${slashed(text)}';`,
    (text) => `COPY public.t (id, a) FROM stdin;\n1\t${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n\\.\n`,
    (text) => `CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS $_$ ${text} $_$;`,
    (text) =>
      `--\n-- ${oneLine(text)}\n--\n/* /* ${text.replaceAll(/\*\/|\/\*/g, '')} */ */ ALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (id);`,
    () => "SELECT pg_catalog.setval('public.t_id_seq', 4, true);",
    (text) =>
      `CREATE FUNCTION public.g(a text DEFAULT '${doubled(text)}') RETURNS text LANGUAGE sql BEGIN ATOMIC\n SELECT CASE WHEN true THEN '${doubled(text)}' END;\n SELECT 1;\nEND;`,
    (text) =>
      `CREATE RULE r AS ON INSERT TO public.t DO ALSO ( SELECT '${doubled(text)}';\n UPDATE public.t SET id = 1; );`,
  ],
  hostile: [
    'DROP DATABASE live',
    'CREATE DATABASE live',
    'ALTER DATABASE live RENAME TO other',
    'ALTER SYSTEM SET port = 1',
    'CREATE ROLE live SUPERUSER',
    'ALTER ROLE live SUPERUSER',
    'GRANT live TO reader',
    'GRANT ALL ON DATABASE live TO reader',
    'DO $$ BEGIN END $$',
    'CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS $$atomic$$; DROP DATABASE live; END',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS case; END; DROP DATABASE live; END',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; DROP DATABASE live; END',
    'CREATE RULE r AS ON INSERT TO t DO ( DELETE FROM t; ); DROP DATABASE live',
    'CREATE TABLE x (a int)); DROP DATABASE live; ((',
    'SELECT pg_catalog.lo_export(1, $$/tmp/x$$)',
    'SELECT pg_catalog.pg_read_file($$/etc/passwd$$)',
    'COPY public.t TO PROGRAM $$true$$',
    'COPY public.t (id) FROM PROGRAM $$true$$',
    'COPY public.t (id) FROM PROGRAM $$true$$ WHERE id IS DISTINCT FROM stdin',
    'CREATE TABLE x AS SELECT 1',
    'CREATE TEMP TABLE x (id integer)',
    'INSERT INTO t SELECT 1',
    'CREATE SUBSCRIPTION live CONNECTION $$host=x$$ PUBLICATION p',
    'SET ROLE live',
    'DROP TABLE public.t',
    'CALL live()',
    '\\! touch live\n',
    '\\connect live\n',
    '\\copy t to live\n',
  ],
  phrases: [
    'begin',
    'commit',
    'set row_security = off',
    'create table public.x (id integer)',
    "select pg_catalog.setval('a', 1)",
  ],
  blanks: ['\t', '\n', '  ', '/**/', '/* ; */', "/* /* ' */ */", " -- it's\n", '--$$\n'],
  fragments: [
    "'",
    '"',
    "E'",
    '$$',
    '$a$',
    '$_$',
    '\\',
    '--',
    '/*',
    '*/',
    ';',
    '\n',
    "\\'",
    "''",
    '\n\\.\n',
    'U&"',
    'a$',
    '\0',
    '(',
    ')',
    'begin atomic ',
    '; end;',
  ],
  apart: new RegExp(
    [
      PG_DATA.source,
      String.raw`[eE]'(?:[^'\\]|\\[^]|'')*(?:'(?:\s*\n\s*'(?:[^'\\]|\\[^]|'')*)*(?:'|$)|'|$)`,
      `'(?:[^']|'')*(?:'|$)`,
      '"(?:[^"]|"")*(?:"|$)',
      String.raw`\$([A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$[^]*?(?:\$\1\$|$(?![^]))`,
      String.raw`[\w\x80-\xff][\w$\x80-\xff]*`,
      String.raw`--[^\n]*`,
      nested(12),
    ].join('|'),
    'gm',
  ),
  inside: [
    new RegExp(enclosed(8), 'g'),
    /(?<=(?:^|;)\s*create\s+(?:function|procedure)\s[^;]*\s)begin\s+atomic\s(?:[^]*?;)?\s*end\s*(?=;)/gi,
  ],
  reaches: (statement) =>
    /^(?:drop|do|call|insert|grant live|(?:create|alter) (?:database|system|role|subscription)|set role|create temp|select pg_catalog\.(?:lo_export|pg_read)|copy \S+(?: \?)? (?:to|from program))\b/i.test(
      statement,
    ) || statement.startsWith('\\'),
};

const sqlite: DumpGrammar = {
  isText: true,
  create: () => sqliteImportFilter('shop.sqlite'),
  before: 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a, b);\n',
  after: '\nCOMMIT;\n',
  harmless: [
    (text) => `INSERT INTO t VALUES(1,'${doubled(text)}');`,
    (text) => `INSERT INTO t VALUES(replace('${doubled(text)}','\\n',char(10)),X'00ff');`,
    (text) => `CREATE TABLE IF NOT EXISTS "${doubled(text, '"')}"(a, b);`,
    (text) => `CREATE TABLE u(a DEFAULT '${doubled(text)}', b /* ${text.replaceAll('*/', '')} */);`,
    () => 'INSERT INTO t VALUES(-1.5e+300,NULL);',
    (text) => `CREATE TABLE [${text.replaceAll(']', '')}](a, b);`,
  ],
  hostile: [
    "SELECT writefile('live','x')",
    "INSERT INTO t VALUES(1,writefile('live','x'))",
    "INSERT INTO t SELECT writefile('live','x')",
    "INSERT INTO t VALUES(1,2) RETURNING writefile('live','x')",
    "ATTACH 'live' AS other",
    "VACUUM INTO 'live'",
    'DROP TABLE t',
    'DELETE FROM t',
    "CREATE TABLE x AS SELECT writefile('live','x')",
    'CREATE TEMP TABLE x(a)',
    "CREATE VIEW w AS SELECT 1\ngo\nSELECT writefile('live','x')",
    "CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT 1;                     END; SELECT writefile('live','x'); END",
    "CREATE TRIGGER g AFTER DELETE ON t BEGIN SELECT 1; END; SELECT writefile('live','x'); END",
    "CREATE TABLE x(a [' ]); SELECT writefile('live','x'); --')",
    "CREATE VIRTUAL TABLE v USING csv(filename='live')",
    'PRAGMA journal_mode = DELETE',
    'PRAGMA trusted_schema = ON',
    "SELECT load_extension('live')",
    'INSERT INTO other VALUES(1)',
    '.shell touch live\n',
    '.output live\n',
    '.open live\n',
  ],
  phrases: ['begin transaction', 'commit', 'analyze sqlite_schema', 'pragma foreign_keys=off', 'create table x (a)'],
  blanks: ['\t', '\n', '  ', '/**/', '/* ; */', "/* ' */", " -- it's\n"],
  fragments: ["'", '"', '`', '[', ']', '\\', '--', '/*', '*/', ';', '\n', "''", '\ngo\n', '\n/\n', '(', ')', '\0'],
  apart:
    /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)/g,
  inside: [/(?<=(?:^|;)\s*create\s+trigger\s)(?:[^]*?;)\s*end\s*(?=;)/gi],
  reaches: (statement) =>
    !/^(?:pragma (?:foreign_keys|writable_schema)\b|begin|commit|create (?:trigger|view) |create table(?! ?\?? as)|insert into \S+ ?values)/i.test(
      statement,
    ) || /^insert.*(?:writefile|returning|select)/i.test(statement),
};

export const grammars = { mysql, postgresql, sqlite };
