import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgresql, temporaryFolder, type TemporaryFolder, type TestPostgresql } from '@havun/test-servers';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { outcomeOf } from '../testing/dump-fuzz.js';
import { postgresqlImportFilter } from './import-rule.js';

const FOOTER = '\n-- PostgreSQL database dump complete\n';
const filtered = (dump: string) => {
  const bytes = Buffer.from(dump + FOOTER);
  const { out, isLet } = outcomeOf(postgresqlImportFilter('shop', false), bytes, () => bytes.length);
  return { out: Buffer.from(out, 'latin1').toString(), isLet };
};
const off = 'SET standard_conforming_strings = off;\n';
const long = `$${'a'.repeat(100)}$`;

describe('what the real psql takes for its own command', () => {
  let server: TestPostgresql;
  let temporary: TemporaryFolder;

  beforeAll(async () => {
    temporary = await temporaryFolder('havun-psql-');
    server = await startPostgresql({ inMemory: true });
  });
  afterAll(async () => {
    await server.stop();
    await temporary.remove();
  });

  it.each([
    ["COMMENT ON TABLE t IS $$x$$$_$'$_$ ", "'"],
    ["COMMENT ON TABLE t IS $$x$$E'\\'' ", "'"],
    ["COMMENT ON TABLE t IS 1$$'$$ ", "'"],
    ["COMMENT ON TABLE t IS $1$$'$$ ", "'"],
    ["COMMENT ON TABLE t IS :a$$'$$ ", "'"],
    [`COMMENT ON TABLE t IS ${long}'${long} `, "'"],
    ["COMMENT ON TABLE t IS $E'\\'' ", "'"],
    ["COMMENT ON TABLE t IS :E'\\' ", "'"],
    ["COMMENT ON TABLE t IS E'a' '\\' ", "'"],
    ["COMMENT ON TABLE t IS E'a' /* */\n'\\' ", "'"],
    ["COMMENT ON TABLE t IS E'a'$$x$$'\\' ", "'"],
    [`SET standard_conforming_strings = false;\nCOMMENT ON TABLE t IS '\\'' `, "'"],
    [`SET /**/ standard_conforming_strings = off;\nCOMMENT ON TABLE t IS '\\'' `, "'"],
    [`${off}COMMENT ON TABLE t IS B'\\' `, "'"],
    [`${off}COMMENT ON TABLE t IS U&'\\' `, "'"],
    ['CREATE TABLE public.c (id integer);\nCOPY public.c (id) FROM stdin; ', '\n1\n\\.\n'],
  ])('begins behind %s, and no import lets it pass', async (before, after) => {
    const file = join(temporary.path, 'touched');
    const dump = (path: string): string => `${before}\\! touch ${path} #${after};\n`;
    await server.superClient(dump(file)).catch(() => undefined);
    expect(existsSync(file)).toBe(true);
    await temporary.remove();
    temporary = await temporaryFolder('havun-psql-');
    expect(filtered(dump('x')).isLet).toBe(false);
  });

  it.each([
    ['standard_conforming_strings', 'off', "COMMENT ON TABLE public.t IS '\\'';\n\\! touch FILE\n--';\n"],
    ['client_encoding', 'SJIS', '/* \u00c3/* */ \\! touch FILE\n*/\n'], // its second byte begins a character of SJIS
  ])('is none that a function of the dump made so by setting %s', async (setting, value, rest) => {
    const dump = (file: string): string =>
      [
        `CREATE FUNCTION public.f(i integer) RETURNS boolean LANGUAGE sql AS $$ SELECT set_config('${setting}', '${value}', false) = '${value}' $$;`,
        'CREATE TABLE public.t (i integer, CHECK (public.f(i)));',
        'COPY public.t (i) FROM stdin;\n1\n\\.',
        rest.replace('FILE', file),
      ].join('\n');
    const run = (text: string): Promise<unknown> =>
      server
        .superClient(`DROP TABLE IF EXISTS public.t; DROP FUNCTION IF EXISTS public.f;\n${text}`)
        .catch((error: unknown) => error);
    const [unfiltered, file] = [join(temporary.path, 'unfiltered'), join(temporary.path, 'filtered')];
    await run(dump(unfiltered));
    expect(existsSync(unfiltered)).toBe(true);
    const { out, isLet } = filtered(dump(file));
    expect(isLet).toBe(true);
    expect(await run(out)).toBe('');
    expect(existsSync(file)).toBe(false);
  });
});
