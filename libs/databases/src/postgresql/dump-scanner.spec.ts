import { describe, expect, it } from '@jest/globals';
import { PostgresqlDumpScanner } from './dump-scanner.js';

describe('the scanner of PostgreSQL dumps', () => {
  it('knows a long statement without brackets or quotes, whatever blank lines come before it', () => {
    const trigger = 'CREATE TRIGGER stock AFTER INSERT ON public.prices FOR EACH ROW EXECUTE FUNCTION public.recount()';
    const scanner = new PostgresqlDumpScanner();
    scanner.write(Buffer.from(`\n\n${trigger};\n\n\n${trigger};\n--\n-- PostgreSQL database dump complete\n--\n`));
    expect(scanner.end()).toMatchObject({ triggers: 2, complete: true });
  });
});
