import { describe, expect, it } from '@jest/globals';
import { postgresqlImportFilter } from './import-rule.js';
import { knowsRestrict } from './restricted.js';

const FOOTER = '\n-- PostgreSQL database dump complete\n';
const filtered = (text: string, size: number, withoutOwners = false): string => {
  const filter = postgresqlImportFilter('shop', withoutOwners);
  const bytes = Buffer.from(text + FOOTER);
  let out = '';
  for (let at = 0; at < bytes.length; at += size)
    out += Buffer.concat(filter.pass(bytes.subarray(at, at + size))).toString();
  const { rest, complete } = filter.last();
  expect(complete).toBe(true);
  return (out + Buffer.concat(rest).toString()).replace(FOOTER, '');
};

describe('a dump of PostgreSQL on its way into another database', () => {
  it.each([
    "SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET default_tablespace = '';\nSET default_table_access_method = heap;\n",
    "CREATE TABLE public.t (id integer, body text DEFAULT 'a\\b'::text);\nALTER TABLE public.t OWNER TO app;\nCOPY public.t (id, body) FROM stdin;\n1\t\\\\! touch x\n\\.\n",
    "SELECT pg_catalog.setval('public.t_id_seq', 3, true);\nBEGIN;\nSELECT pg_catalog.lo_create('4711');\nSELECT pg_catalog.lo_open('4711', 131072);\nSELECT pg_catalog.lowrite(0, '\\x00ff');\nSELECT pg_catalog.lo_close(0);\nCOMMIT;\n",
    "COMMENT ON TABLE public.t IS 'it''s \\! nothing';\nCOMMENT ON TABLE public.t IS E'it''s \\\\! nothing';\n",
    "CREATE FUNCTION public.f(a text DEFAULT 'x;y') RETURNS text LANGUAGE sql\n    BEGIN ATOMIC\n SELECT CASE WHEN true THEN 'a;b' ELSE 'END;' END;\n SELECT 1;\nEND;\nCREATE PROCEDURE public.p() LANGUAGE sql BEGIN ATOMIC END;\n",
    "CREATE RULE r AS ON INSERT TO public.t DO ALSO ( SELECT ')';\n UPDATE public.t SET id = 1; );\nCREATE VIEW public.v AS SELECT (1);\n",
    'CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $_$ BEGIN\n\\! nothing\nEND $_$;\nGRANT SELECT ON TABLE public.t TO reader;\nGRANT SELECT(id),UPDATE("a on b") ON TABLE public.t TO "a b";\n',
  ])('lets what pg_dump writes pass as it is, wherever it is cut: %s', (text) => {
    for (const size of [1, 7, 10_000]) expect(filtered(text, size)).toBe(text);
  });

  it('sets again what a function of the dump may have changed, before a text that the change would end elsewhere', () => {
    const again = (strings: string, encoding: string): string =>
      `\nSET standard_conforming_strings = ${strings};\n${encoding};\n`;
    const text = "COMMENT ON TABLE public.t IS 'a\\';";
    const name = "COMMENT ON TABLE public.t IS E'\xe9';";
    const off = 'SET standard_conforming_strings = off;';
    const latin = "SET client_encoding = 'LATIN1';";
    const comment = '\n/* \xe9 */\n';
    const quoted = "COMMENT ON TABLE public.t IS 'it\\'s';";
    const escaped = "COMMENT ON TABLE public.t IS E'it\\'s \\\\! nothing';";
    for (const size of [1, 10_000])
      expect(filtered(escaped, size)).toBe(again('on', 'RESET client_encoding') + escaped);
    for (const size of [1, 10_000]) {
      expect(filtered(text + latin + name + off + quoted + comment, size)).toBe(
        again('on', 'RESET client_encoding') +
          text +
          latin +
          again('on', latin.slice(0, -1)) +
          name +
          off +
          again('off', latin.slice(0, -1)) +
          quoted +
          again('off', latin.slice(0, -1)) +
          comment,
      );
    }
  });

  it('leaves out what guards psql, and owners where nobody has them', () => {
    const table = 'CREATE TABLE public.t (id integer);\n';
    for (const size of [1, 10_000]) {
      expect(filtered(`\\restrict abc\n${table}\\unrestrict abc\n`, size)).toBe(table);
      expect(filtered(`${table}ALTER TABLE public.t OWNER TO app;\n`, size, true).trim()).toBe(table.trim());
    }
  });

  it.each([
    '\\! touch x\n',
    'SELECT 1 \\restrict x\n;',
    "COMMENT ON TABLE t IS E'\\'' \\! touch x ; --';",
    "COMMENT ON TABLE t IS E'a''\\'' \\! touch x ; --';",
    "COMMENT ON TABLE t IS E'a'\n'\\'' \\! touch x ; --';",
    "SET standard_conforming_strings = off;\nCOMMENT ON TABLE t IS '\\'' \\! touch x ; --';",
    "COMMENT ON TABLE t IS $$x$$$_$'$_$; DROP TABLE t; --';",
    "COMMENT ON TABLE t IS $$x$$E'\\'' \\! touch x ; --';",
    "COMMENT ON TABLE t IS 1$$'$$ \\! touch x ; --';",
    "COMMENT ON TABLE t IS 1.e5$$'$$ \\! touch x ; --';",
    "COMMENT ON TABLE t IS $1$$'$$ \\! touch x ; --';",
    "COMMENT ON TABLE t IS :a$$'$$ \\! touch x ; --';",
    "COMMENT ON TABLE t IS 1E'\\'' \\! touch x ; --';",
    "COMMENT ON TABLE t IS $E'\\'' \\! touch x ; --';",
    "COMMENT ON TABLE t IS :E'\\' \\! touch x ; --';",
    "COMMENT ON TABLE t IS E'a' '\\' \\! touch x ; --';",
    "COMMENT ON TABLE t IS E'a' /* */\n'\\' \\! touch x ; --';",
    "COMMENT ON TABLE t IS E'a'$$x$$'\\' \\! touch x ; --';",
    `COMMENT ON TABLE t IS $${'a'.repeat(100)}$'$${'a'.repeat(100)}$; DROP TABLE t; --';`,
    "SET standard_conforming_strings = false;\nCOMMENT ON TABLE t IS '\\'' \\! touch x ; --';",
    "SET /**/ standard_conforming_strings  = off;\nCOMMENT ON TABLE t IS '\\'' \\! touch x ; --';",
    "SET standard_conforming_strings = off;\nCOMMENT ON TABLE t IS B'\\' \\! touch x ; --';",
    'COPY public.t (id) FROM stdin; \\! touch x\n1\n\\.\n',
    'COPY public.t (id) FROM stdin; DROP TABLE t;\n1\n\\.\n',
    'COMMENT ON TABLE t IS a$b$ \\! touch x\n$b$;',
    'SET SESSION standard_conforming_strings = off;',
    "SET client_encoding = 'SJIS';",
    "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);",
    "SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "SELECT pg_catalog.lo_export(1, '/tmp/x');",
    'SELECT pg_catalog.setval((SELECT 1), 1);',
    "COPY public.t FROM PROGRAM 'true';",
    'COPY public.t (stdin) FROM PROGRAM $$true$$ WHERE stdin IS DISTINCT FROM stdin;',
    "COPY public.t FROM '/etc/passwd' WHERE stdin IS DISTINCT FROM stdin;",
    "COPY public.t TO '/tmp/x';",
    "COPY (SELECT 1) TO PROGRAM 'touch x from stdin';",
    'ALTER SYSTEM SET port = 1;',
    'ALTER DATABASE shop RENAME TO other;',
    'ALTER SUBSCRIPTION s ENABLE;',
    "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p;",
    'CREATE ROLE intruder SUPERUSER;',
    'CREATE TABLE t AS SELECT 1;',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; DROP TABLE t; END;',
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 AS case; END; DROP TABLE t; END;',
    "CREATE FUNCTION f(a text DEFAULT ' begin atomic ') RETURNS int LANGUAGE sql AS $$x$$; DROP TABLE t; END;",
    'CREATE FUNCTION " begin atomic "() RETURNS int LANGUAGE sql AS $$x$$; DROP TABLE t; END;',
    'CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS $$atomic$$; DROP TABLE t; END;',
    'CREATE FUNCTION f(begin atomic ) RETURNS int LANGUAGE sql AS $$x$$; DROP TABLE t; END;',
    'CREATE VIEW "begin" AS SELECT 1 AS "atomic"; DROP TABLE t; END;',
    'CREATE RULE r AS ON INSERT TO t DO ( DELETE FROM t; ); DROP TABLE t;',
    'CREATE TABLE t (a int)); DROP TABLE t; ((',
    "COMMENT ON TABLE t IS '('; DROP TABLE t; --)",
    "COMMENT ON TABLE t IS '\0'; DROP TABLE t; --';",
    'GRANT application TO reader;',
    'GRANT application TO reader on call;',
    'GRANT application TO "reader on call";',
    'GRANT ALL ON DATABASE other TO reader;',
    "INSERT INTO t SELECT pg_catalog.pg_read_file('/etc/passwd');",
    'DO $$ BEGIN END $$;',
    `SET row_security = on${' '.repeat(2_000_000)}; ALTER SYSTEM SET port = 1;`,
  ])('stops before %s', (statement) => {
    for (const size of statement.length > 10_000 ? [100_000] : [1, 10_000]) {
      expect(() => filtered(`CREATE TABLE t (id integer);\n${statement}\n`, size)).toThrow(
        expect.objectContaining({ code: 'DUMP_UNSAFE' }),
      );
    }
  });

  it.each([
    ['psql (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', true],
    ['psql (PostgreSQL) 15.13', false],
    ['psql (PostgreSQL) 17.6', true],
    ['psql (PostgreSQL) 18.0', true],
    ['psql (PostgreSQL) 12.22', false],
  ])('knows whether %s can be kept from its own commands: %s', (versionLine, knows) => {
    expect(knowsRestrict({ versionLine })).toBe(knows);
  });
});
