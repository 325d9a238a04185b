import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DumpContents } from '../verify-dump.js';
import { MysqlDumpScanner } from './dump-scanner.js';

const FOOTER = '-- Dump completed on 2026-01-02  3:04:05\n';

function scan(text: string, chunk = Infinity): DumpContents {
  const scanner = new MysqlDumpScanner();
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length; at += chunk) scanner.write(bytes.subarray(at, at + chunk));
  return scanner.end();
}
const rowsOf = (text: string, chunk?: number) => Object.fromEntries(scan(text, chunk).rows);

describe('the scanner of MySQL and MariaDB dumps', () => {
  it('counts the rows of one long line as mysqldump writes it', () => {
    expect(rowsOf("INSERT INTO `t` VALUES (1,'a'),(2,'b'),(3,NULL);\nINSERT INTO `t` VALUES (4,'d');\n")).toEqual({
      t: 4,
    });
  });

  it('knows the longest statement, however it comes in pieces', () => {
    const short = "INSERT INTO `t` VALUES (1,'a'),(2,'b');\n";
    const long = `INSERT INTO \`t\` VALUES (3,0x${'AB'.repeat(5000)});`;
    const body = `CREATE TABLE \`t\` (id int);\n${short}${long}\nDELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 1; END ;;\nDELIMITER ;\n${FOOTER}`;
    for (const chunk of [Infinity, 7, 1000]) {
      const { longestStatement = 0 } = scan(body, chunk);
      expect(longestStatement).toBeGreaterThanOrEqual(long.length);
      expect(longestStatement).toBeLessThan(long.length + 10);
    }
  });

  it('counts a row per line as mariadb-dump writes it', () => {
    expect(rowsOf("INSERT INTO `t` VALUES\n(1,'a'),\n(2,'b');\n")).toEqual({ t: 2 });
  });

  it('counts with a list of columns, however long and however oddly named', () => {
    const columns = Array.from({ length: 900 }, (_, index) => `\`col (values) ${index}\``).join(', ');
    expect(rowsOf(`INSERT INTO \`t\` (${columns}) VALUES (1),(2);\n`)).toEqual({ t: 2 });
  });

  it('knows tables by names with backticks, quotes, spaces and emoji', () => {
    expect(rowsOf("INSERT INTO `a``b 'c' 😀` VALUES (1);\n")).toEqual({ "a`b 'c' 😀": 1 });
  });

  it('takes brackets, semicolons, quotes and backslashes in strings for data', () => {
    expect(rowsOf("INSERT INTO `t` VALUES ('),(;','it\\'s','\\\\'),('it''s',0x28292C28,'-- /* #');\n")).toEqual({
      t: 2,
    });
  });

  it('does not count an INSERT in a trigger, a routine, a comment or a string', () => {
    const dump = `DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`trigger\`@\`localhost\`*/ /*!50003 trigger tg before insert on t for each row begin
-- it's (a comment
INSERT INTO t VALUES (1),(2); /* isn't counted; */ # nor this'
end */;;
CREATE DEFINER=\`root\`@\`localhost\` PROCEDURE \`p\`()
begin insert into \`t\` values ('a;;b'); end
;;
DELIMITER ;
/* INSERT INTO \`t\` VALUES (1); */
-- INSERT INTO \`t\` VALUES (1);
SELECT 'x;
INSERT INTO \`t\` VALUES (1);';
INSERT INTO \`t\` VALUES (9);
`;
    const contents = scan(dump);
    expect(Object.fromEntries(contents.rows)).toEqual({ t: 1 });
    expect(contents).toMatchObject({ triggers: 1, routines: 1, events: 0 });
  });

  it('follows the SQL mode of a routine whose author turned backslash escapes off', () => {
    const dump = `DELIMITER ;;
/*!50003 SET sql_mode              = 'NO_BACKSLASH_ESCAPES' */ ;;
CREATE PROCEDURE \`p\`() select 'c:\\' ;;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;;
DELIMITER ;
INSERT INTO \`t\` VALUES ('\\';'),(2);
`;
    expect(rowsOf(dump)).toEqual({ t: 2 });
  });

  it('names tables, and views only by their real definition', () => {
    const standIn = '/*!50001 CREATE VIEW `v` AS SELECT\n 1 AS `id` */;\n';
    const real =
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 AS `id` */;\n';
    const table = '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump\nCREATE TABLE `t` (\n  `id` int\n);\n';
    expect([...scan(table + standIn).views]).toEqual([]);
    expect([...scan(table + standIn + real).views]).toEqual(['v']);
    expect([...scan(table).tables]).toEqual(['t']);
  });

  it('calls a dump complete only with its closing line, after whole statements', () => {
    expect(scan(`INSERT INTO \`t\` VALUES (1);\n${FOOTER}`).complete).toBe(true);
    expect(scan('INSERT INTO `t` VALUES (1);\n').complete).toBe(false);
    expect(scan(`INSERT INTO \`t\` VALUES (1,'x\n${FOOTER}`).complete).toBe(false);
    expect(scan(`CREATE TABLE \`t\` (\n${FOOTER}`).complete).toBe(false);
    expect(scan('').complete).toBe(false);
  });

  it('finds the same in any dump, wherever the chunks are cut', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
    const value = fc.oneof(
      fc.integer().map(String),
      fc.constant('NULL'),
      fc.uint8Array({ minLength: 1 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
      fc
        .string({ unit: fc.constantFrom("'", '\\', '(', ')', ';', ',', '\n', '`', '"', 'é', '-', '/', '*', ' ') })
        .map(quoted),
    );
    const row = fc.array(value, { minLength: 1, maxLength: 4 }).map((values) => `(${values.join(',')})`);
    const table = fc.tuple(name, fc.array(row, { minLength: 1, maxLength: 8 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(table, { maxLength: 5 }), fc.integer({ min: 1, max: 200 }), (tables, chunk) => {
        const expected = new Map<string, number>();
        let dump = '';
        for (const [raw, rows, perLine] of tables) {
          const table = Buffer.from(raw).toString();
          if (table === '') continue;
          const separator = perLine ? ',\n' : ',';
          dump += `-- Table \`it's\`\nCREATE TABLE \`${table.replaceAll('`', '``')}\` (\n  \`id\` int COMMENT 'x;\\'('\n);\n`;
          dump += `INSERT INTO \`${table.replaceAll('`', '``')}\` VALUES${perLine ? '\n' : ' '}${rows.join(separator)};\n`;
          expected.set(table, (expected.get(table) ?? 0) + rows.length);
        }
        const contents = scan(dump + FOOTER, chunk);
        expect(contents.rows).toEqual(expected);
        expect(contents.tables).toEqual(new Set(expected.keys()));
        expect(contents.complete).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
