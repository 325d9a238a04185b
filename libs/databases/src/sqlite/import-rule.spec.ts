import { describe, expect, it } from '@jest/globals';
import { sqliteImportFilter } from './import-rule.js';

const BEFORE = 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a, b);\n';
const entry = (sql: string, name = 'v') =>
  `INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','${name}','${name}',0,'${sql.replaceAll("'", "''")}');`;

const filtered = (text: string, size: number): string => {
  const filter = sqliteImportFilter('shop.sqlite');
  const bytes = Buffer.from(`${text}\nCOMMIT;\n`);
  let out = '';
  for (let at = 0; at < bytes.length; at += size)
    out += Buffer.concat(filter.pass(bytes.subarray(at, at + size))).toString();
  const { rest, complete } = filter.last();
  expect(complete).toBe(true);
  return out + Buffer.concat(rest).toString();
};

describe('a dump of SQLite on its way into a new file', () => {
  it.each([
    "INSERT INTO t VALUES(1,'it''s; .shell x');\nINSERT INTO t VALUES(-1e999,X'00ff');\nINSERT INTO t VALUES(NULL,1.0000000000000000047e+300);",
    String.raw`INSERT INTO t VALUES(replace(replace('x\r\ny','\r',char(13)),'\n',char(10)),.5);`,
    String.raw`INSERT INTO t(a,b) VALUES(unistr('\u000a'),0);`,
    "CREATE TABLE IF NOT EXISTS 's_data'(id INTEGER PRIMARY KEY, block BLOB);\nINSERT INTO s_data VALUES(1,2);",
    'CREATE TABLE "a ""b"" (c)" (id int);\nINSERT INTO "a ""b"" (c)" VALUES(1);',
    `PRAGMA writable_schema=ON;\n${entry("CREATE VIRTUAL TABLE v USING fts5(a, -- it's; one\n tokenize='porter;x')")}\nPRAGMA writable_schema=OFF;`,
    "ANALYZE sqlite_schema;\nINSERT INTO sqlite_stat1 VALUES('t',NULL,'1');\nDELETE FROM sqlite_sequence;\nINSERT INTO sqlite_sequence VALUES('t',3);",
    'CREATE TABLE "x"([a\'b;(] int, c AS ("a"||\';\') STORED) WITHOUT ROWID;\nINSERT INTO x VALUES(1);\nCREATE VIEW w AS SELECT [a\'b;(] / 2 FROM x;',
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN\nSELECT CASE WHEN 1 THEN 'x; END;' END;\n\n                                    END;",
    'CREATE UNIQUE INDEX i ON t(a);\nCREATE VIEW w AS SELECT 1;\nCREATE TRIGGER g AFTER INSERT ON t BEGIN\nSELECT 1; END;',
  ])('lets what the shell writes pass as it is, wherever it is cut: %s', (text) => {
    for (const size of [1, 7, 10_000]) expect(filtered(BEFORE + text, size)).toBe(`${BEFORE}${text}\nCOMMIT;\n`);
  });

  it.each([
    "INSERT INTO t VALUES(writefile('PWNED','x'));",
    "INSERT INTO t VALUES(1);\nINSERT INTO t VALUES(1,(SELECT writefile('PWNED','x')));",
    "INSERT INTO t VALUES(1) RETURNING writefile('PWNED','x');",
    "INSERT INTO t VALUES(1 -- '\n,writefile('PWNED','x')) -- ';",
    "INSERT INTO t VALUES(1 /* ' */,writefile('PWNED','x') /* ' */);",
    'INSERT INTO t VALUES(-1.5e+300,;);',
    'INSERT INTO t VALUES(1,2;',
    'INSERT INTO t VALUES(1)(2);',
    'INSERT INTO t VALUES(1,,2);',
    'INSERT INTO t VALUES(1 2);',
    'INSERT INTO t VALUES(char(10);',
    'INSERT INTO t VALUES(1.5.2);',
    'INSERT INTO t VALUES("a");',
    'INSERT INTO t VALUES(1);\nINSERT INTO unknown VALUES(1);',
    "INSERT INTO t SELECT writefile('PWNED','x');",
    "SELECT writefile('PWNED','x');",
    "CREATE TABLE x AS SELECT writefile('PWNED','x');",
    "CREATE TABLE x(a); SELECT writefile('PWNED','x');",
    'CREATE TABLE temp.x(a);',
    'CREATE TEMP TABLE x(a);',
    "CREATE TABLE x(a DE[FAULT ']); SELECT writefile('PWNED','x'); --');",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1;                   END; SELECT writefile('PWNED','x'); END;",
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1;/**/ /**/ /**/ /**/ /**/ /**/ /**/ /**/ /**/ END; SELECT 1; END;',
    "CREATE VIEW w AS SELECT 1\ngo\nSELECT writefile('PWNED','x');",
    'CREATE TABLE x(a)\n / -- so\nDROP TABLE t;',
    `CREATE VIEW w AS SELECT 1${' '.repeat(2_000_000)}\ngo\nDROP TABLE t;`,
    "INSERT INTO t VALUES('\0'); ');",
    "CREATE VIRTUAL TABLE v USING zipfile('PWNED');",
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN\nSELECT 1; END;\nINSERT INTO t VALUES(1);',
    "ATTACH 'other.sqlite' AS other;",
    '.shell touch PWNED;',
    'PRAGMA trusted_schema=ON;',
    entry("CREATE TABLE v(a); SELECT writefile('PWNED','x')"),
    entry("CREATE VIRTUAL TABLE v USING fts5(a); SELECT writefile('PWNED','x')"),
    entry('CREATE VIRTUAL TABLE other USING fts5(a)'),
    entry('CREATE VIRTUAL TABLE t USING fts5(a)', 't'),
    entry("CREATE VIRTUAL TABLE v USING fts5(a /* ')"),
    "INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','v','v',0,writefile('PWNED','x'));",
    "INSERT INTO sqlite_schema VALUES('table','v','v',0,'CREATE TABLE v(a)');",
    `${entry('CREATE VIRTUAL TABLE v USING fts5(a)')}\nINSERT INTO v VALUES(1);`,
    `DELETE FROM sqlite_sequence${' '.repeat(2_000_000)} WHERE writefile('PWNED','x');`,
  ])('stops before %s', (statement) => {
    for (const size of statement.length > 10_000 ? [100_000] : [1, 10_000]) {
      expect(() => filtered(BEFORE + statement, size)).toThrow(expect.objectContaining({ code: 'DUMP_UNSAFE' }));
    }
  });
});
