import { describe, expect, it } from '@jest/globals';
import { mysqlImportFilter } from './import-rule.js';
import { readsSandboxLine, withoutSandboxLine } from './sandbox-line.js';

const FOOTER = '-- Dump completed on 2026-01-01\n';
const filtered = (text: string, size = 7, events: 'asleep' | 'awake' | 'same' = 'asleep') => {
  const filter = mysqlImportFilter({ from: 'shop', into: 'new`shop', events, ownSequences: true });
  const bytes = Buffer.from(text + FOOTER);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(...filter.pass(bytes.subarray(at, at + size)));
  const { rest, complete } = filter.last();
  expect(complete).toBe(true);
  return Buffer.concat([...out, ...rest])
    .toString('utf8')
    .replace(FOOTER, '');
};
const event = (state: string) =>
  `DELIMITER ;;\n/*!50106 CREATE*/ /*!50117 DEFINER=\`a\`@\`b\`*/ /*!50106 EVENT \`nightly\` ON SCHEDULE EVERY 1 DAY STARTS '2025-01-01' ON COMPLETION NOT PRESERVE ${state} COMMENT 'ON COMPLETION PRESERVE ENABLE' DO SELECT 1 */ ;;\nDELIMITER ;\n`;

describe('a dump of MySQL or MariaDB on its way into another database', () => {
  it.each([
    [
      'data',
      "CREATE TABLE `t` (`id` int);\nINSERT INTO `t` VALUES\n(1,'USE mysql; DROP DATABASE x;'),(2,'\\'; USE mysql;');\n",
    ],
    [
      'a foreign key',
      'CREATE TABLE `t` (`id` int, CONSTRAINT `k` FOREIGN KEY (`id`) REFERENCES `orders` (`id`) ON DELETE CASCADE);\n',
    ],
    ['a table', 'DROP TABLE IF EXISTS `t`;\nCREATE TABLE `t` (`id` int, `é😀` int);\n'],
    [
      'conditional comments',
      "/*!40101 SET NAMES utf8mb4 */;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\nSET @old=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO';\nSET SQL_MODE=@old;\n/*!40103 SET TIME_ZONE='+00:00' */;\n",
    ],
    [
      'a view',
      '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select 1 AS `a` from `other`.`t` */;\n',
    ],
    [
      'a routine',
      'DELIMITER ;;\nCREATE DEFINER=`a`@`b` PROCEDURE `p`()\nBEGIN USE_IT: LOOP INSERT INTO x VALUES (1); END LOOP; END ;;\nDELIMITER ;\n',
    ],
    [
      'a comment on a view that ends in a string of it',
      "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50001 VIEW `v` AS select 'x */; DROP DATABASE live; --' AS `a */` */;\n",
    ],
    ...[
      'PROCEDURE `p`(IN `a` int(3), OUT o enum("x")) COMMENT "a;b" MODIFIES SQL DATA SQL SECURITY INVOKER\nl: BEGIN DECLARE CONTINUE HANDLER FOR 1062, NOT FOUND, SQLSTATE "42S02", odd BEGIN SET o = 1; END; IF a > 1 THEN BEGIN SET o = CASE WHEN a THEN 1 ELSE .5 END; END; ELSEIF CASE a WHEN 1 THEN 0 END THEN SET a = 2; ELSE SET a = IF(a, 1, 2); END IF; CASE a WHEN .5 THEN SET a = 1; ELSE BEGIN END; END CASE; CASE WHEN a THEN SELECT NEW.end, t.begin FROM t; END CASE; m: WHILE a DO LEAVE m; END WHILE m; REPEAT SET a = REPEAT("x", 2); UNTIL CASE WHEN a THEN 1 END END REPEAT; LOOP LEAVE l; END LOOP; FOR i IN 1 .. 3 DO SELECT i; END FOR; END l',
      'FUNCTION `f`(a decimal(10,2)) RETURNS varchar(20) CHARSET utf8mb4 COLLATE utf8mb4_bin\n NO SQL\n DETERMINISTIC\nIF a THEN RETURN 1; ELSE RETURN 2; END IF',
      'FUNCTION f() RETURNS int(11) RETURN 1;',
      'TRIGGER `g` AFTER UPDATE ON `t` FOR EACH ROW FOLLOWS `h` BEGIN SET @a = 1; END',
      'PACKAGE BODY k AS x int := 1; FUNCTION f(a int) RETURN int AS y int; BEGIN WHILE y LOOP y := 1; END LOOP; RETURN y; EXCEPTION WHEN OTHERS THEN RETURN 0; END f; BEGIN x := 2; END',
    ].map((thing) => ['what has statements of its own', `DELIMITER ;;\nCREATE ${thing} ;;\nDELIMITER ;\n`] as const),
    ['a package', 'DELIMITER ;;\nCREATE OR REPLACE DEFINER=`a`@`b` PACKAGE BODY `p` AS END ;;\nDELIMITER ;\n'],
    ['a sequence', 'CREATE SEQUENCE `s` start with 1;\nDO SETVAL(`s`, 1001, 0);\n'],
  ])('lets %s pass as it is, wherever it is cut', (_, text) => {
    for (const size of [1, 7, 100, 10_000]) expect(filtered(text, size)).toBe(text);
  });

  it.each([
    'USE mysql;',
    'CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`;',
    'DROP DATABASE `shop`;',
    'DROP TABLE `shop`.`t`;',
    'DROP TABLE t, other.t;',
    'INSERT INTO `mysql`.`user` VALUES (1);',
    'INSERT INTO t SELECT * FROM mysql.user;',
    'CREATE TABLE shop.t (id int);',
    'CREATE TABLE t SELECT * FROM mysql.user;',
    'CREATE DEFINER=`a`@`b` TRIGGER `other`.`t` BEFORE INSERT ON x FOR EACH ROW SET @a = 1;',
    'ALTER DATABASE `mysql` CHARACTER SET latin1 COLLATE latin1_swedish_ci;',
    'ALTER TABLE `other`.`t` ENABLE KEYS;',
    'SET GLOBAL event_scheduler = 1;',
    'SET @@GLOBAL.read_only = 0;',
    "SET PASSWORD = 'x';",
    'GRANT ALL ON *.* TO a@b;',
    'RENAME TABLE t TO other.t;',
    'CREATE USER a@b;',
    'FLUSH PRIVILEGES;',
    'ALTER TABLE `t` EXCHANGE PARTITION p WITH TABLE live.orders;',
    'ALTER TABLE `t` RENAME TO live.t2;',
    'RENAME TO live.t2;',
    `SET @a=${'@@a'.padEnd(5000)}, GLOBAL event_scheduler = 1;`,
    `SET @a=@@a /* ${' '.repeat(5000)} */, GLOBAL event_scheduler = 1;`,
    `SET NAMES utf8mb4${' '.repeat(2_000_000)}, GLOBAL event_scheduler = 1;`,
    "SET @a='NO_BACKSLASH_ESCAPES';",
    'SET NAMES gbk;',
    'SET SESSION sql_log_bin = 0;',
    'SET ROLE admin;',
    'SET DEFAULT ROLE admin FOR a;',
    "CREATE FUNCTION f RETURNS STRING SONAME 'x.so';",
    'CREATE TABLE t2 (LIKE live.orders);',
    'CREATE TABLE t2 (id int) SELECT * FROM live.orders;',
    'CREATE TABLE t2 (id int) ENGINE=MERGE UNION=(live.orders) INSERT_METHOD=LAST;',
    "CREATE TABLE t2 (id int) DATA DIRECTORY='/etc';",
    'CREATE TABLE t2 (id int, FOREIGN KEY (id) REFERENCES `live`.`orders` (id));',
    'CREATE TABLE t2 (id int REFERENCES live . orders (id));',
    'CREATE TABLE t2 (id int REFERENCES/*!*/live.orders (id));',
    'CREATE TABLE t2 (id int REFERENCES 1live.orders (id));',
    'CREATE TEMPORARY TABLE t2 (id int);',
    'CREATE TRIGGER x BEFORE INSERT ON live.orders FOR EACH ROW SET @a = 1;',
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x');",
    'INSERT INTO `t` VALUES ((SELECT password FROM mysql.user));',
    'INSERT INTO `t` VALUES (1) ON DUPLICATE KEY UPDATE id = SLEEP(100);',
    "INSERT INTO `t` VALUES (LOAD_FILE('/etc/passwd'));",
    'INSERT INTO `t` VALUES (id);',
    'INSERT INTO `t` VALUES (1 /* it */);',
    "INSERT INTO `t` VALUES (1 -- '\n, SLEEP(1)) -- ';",
    'INSERT INTO `unknown` VALUES (1);',
    'CREATE VIEW `t` AS SELECT * FROM live.orders;\nINSERT INTO `t` VALUES (1);',
    'CREATE TRIGGER x BEFORE INSERT ON `T` FOR EACH ROW DELETE FROM live.orders;\nINSERT INTO `t` VALUES (1);',
    "DELETE FROM live.orders WHERE a = 'begin';",
    'CREATE USER view;',
    'CREATE DATABASE view;',
    'CREATE ROLE trigger ON t;',
    'DROP TABLE live.begin;',
    'DROP DATABASE live -- \nCOMMIT;',
    'START TRANSACTION, live.p();',
    '/*!99999 CREATE TABLE `x` ( */ DROP DATABASE live /*!99999 ) */;',
    '/*!50700 CREATE TABLE `x` ( */ DROP DATABASE live /*!50700 ) */;',
    '/*M!100100 CREATE TABLE `x` ( */ DROP DATABASE live /*M!100100 ) */;',
    '/*!99999 CREATE TABLE x ( */ /*!80000 DROP DATABASE live */ /*!99999 ) */;',
    'CREATE /*!99999 VIEW */ DATABASE live;',
    'CREATE TABLE x (id int) /*!99999 COMMENT ( */ SELECT * FROM live.orders /*!99999 ) */;',
    'CREATE TABLE x (id int) /*!99999 ENGINE=MERGE UNION=(live.orders) */;',
    '/*!123 CREATE TABLE x ( */ DROP DATABASE live /*!123 ) */;',
    "/*!99999 SET sql_mode='NO_BACKSLASH_ESCAPES' */;\nDROP TABLE IF EXISTS `t`; SELECT '\\'; DROP DATABASE live; -- ';",
    'CREATE TABLE x (a int COMMENT "x\\"y") SELECT * FROM live.orders WHERE a <> ")";',
    "SET sql_mode='NO_BACKSLASH_ESCAPES';\nCREATE TABLE x (a int COMMENT '\\') SELECT 1 FROM live.orders WHERE b <> 'x)';",
    'CREATE TABLE x (id int \\C gbk\n);',
    'CREATE TABLE x (id int DEFAULT nextval(`live`.`s`));',
    'CREATE TABLE x (id int DEFAULT (NEXT VALUE FOR live.s));',
    'DELIMITER // foo\nCREATE PROCEDURE p() SELECT 1 // DROP DATABASE live // foo\nDELIMITER ;',
    `DELIMITER ;;${' '.repeat(100)}'\nDROP DATABASE live;; -- ' ;;\nDELIMITER ;`,
    'DELIMITER ;;\nCREATE TABLE x (id int); DROP DATABASE live;;\nDELIMITER ;',
    'DELIMITER ;;\nCREATE VIEW x AS SELECT 1; DROP DATABASE live;;\nDELIMITER ;',
    ...[
      'PROCEDURE p() SELECT 1; DROP DATABASE live',
      'PROCEDURE p() SELECT begin FROM t; DROP DATABASE live; END',
      'PROCEDURE p() SELECT 1 AS begin; DROP DATABASE live; SELECT 1 AS end',
      'PROCEDURE p() BEGIN SELECT 1 AS begin; END; DROP DATABASE live; END',
      'PROCEDURE p() BEGIN DO begin; END; DROP DATABASE live; END',
      'PROCEDURE p() BEGIN SELECT CASE WHEN 1 THEN begin END; END; DROP DATABASE live; END',
      'PROCEDURE p() BEGIN IF CASE WHEN end THEN begin ELSE 1 END THEN SELECT 1; END IF; END; DROP DATABASE live; END',
      'PROCEDURE p() BEGIN FOR r IN (SELECT do FOR UPDATE) DO SELECT 1; END FOR; END; DROP DATABASE live; END FOR; END',
      'PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR begin SELECT 1; END; DROP DATABASE live; END',
      'PROCEDURE p(begin int) SELECT 1; DROP DATABASE live; END',
      'FUNCTION f() RETURNS begin RETURN 1; DROP DATABASE live; END',
      'FUNCTION f() RETURNS int COMMENT "begin" RETURN 1; DROP DATABASE live; END',
      'TRIGGER begin BEFORE INSERT ON x FOR EACH ROW SET @a = 1; DROP DATABASE live; END',
      'TRIGGER g BEFORE INSERT ON begin FOR EACH ROW SET @a = 1; DROP DATABASE live; END',
      'PROCEDURE p() AS x int; BEGIN NULL; END; DROP DATABASE live; END',
      'PACKAGE k AS FUNCTION f() RETURN int; END; DROP DATABASE live; END',
      'EVENT e ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE ENABLE DO SELECT 1; DROP DATABASE live',
      `PROCEDURE p() BEGIN SELECT 1;${' '.repeat(2_000_000)} END; DROP DATABASE live; END`,
    ].map((thing) => `DELIMITER ;;\nCREATE ${thing};;\nDELIMITER ;`),
    'DELIMITER $$\nCREATE PROCEDURE p() SELECT 1 $$\nDELIMITER ;',
    '/*!50000 */ DELIMITER ;;\nCREATE PROCEDURE p() SELECT 1; DROP DATABASE live;;\nDELIMITER ;',
    "/*!50700 CREATE TABLE x (a int COMMENT '*/ DROP DATABASE live; -- ') */;",
    '/*!400\\00 DROP DATABASE live */;',
    'SET sql_mode = 1048576;',
    'SET @a=@@max_allowed_packet;',
    'SET @a=@@autocommit;\nSET character_set_client=@a;',
    'SET character_set_client = 28;',
    'SET character_set_results = gbk;',
    "SET sql_mode='NO_BACKSLASH_ESCAPES', @a=@@sql_mode;",
    'DELIMITER ;;\n/* EVENT e ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE ENABLE */ CREATE EVENT `e` ON SCHEDULE EVERY 1 SECOND DO DROP DATABASE live ;;',
    "CREATE EVENT `e` ON SCHEDULE EVERY 1 SECOND DO DELETE FROM live.orders WHERE a = ' ON COMPLETION PRESERVE ENABLE ';",
    "CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY STARTS NOW() + INTERVAL LENGTH(' ON COMPLETION PRESERVE DISABLE') SECOND ON COMPLETION PRESERVE ENABLE DO DROP TABLE live.orders;",
    '/*!50106 CREATE */ /*!99999 EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE ENABLE */ EVENT `e` ON SCHEDULE EVERY 1 DAY DO DROP TABLE live.orders;',
    'INSERT INTO `t` VALUES (1,;);',
    'INSERT INTO `t` VALUES (1)(2);',
    'INSERT INTO `t` VALUES (1));',
    'INSERT INTO `t` VALUES (1,,2);',
    'INSERT INTO `t` VALUES ((1));',
    'INSERT INTO `t` VALUES (1 2);',
    'INSERT INTO `t` VALUES (- 1,1.2.3,0x0g);',
    'DELIMITER ;;\nINSERT INTO `t` VALUES (1);\nDROP DATABASE live;;\nDELIMITER ;',
    "/*!99999 SET NAMES ' */; DROP DATABASE live; /*' */;",
    "SET sql_mode='NO_BACKSLASH_ESCAPES';\nDROP TABLE IF EXISTS `t`; SELECT '\\'; DROP DATABASE live; -- ';",
    'SET sql_mode=\'ANSI_QUOTES\';\nCREATE TABLE "x\\" (id int); DROP DATABASE live; -- " (id int);',
  ])('stops before %s', (statement) => {
    for (const size of statement.length > 10_000 ? [100_000] : [1, 10_000]) {
      const before = 'CREATE TABLE `t` (`id` int);\n';
      const filter = mysqlImportFilter({ from: 'shop', into: 'other', events: 'asleep' });
      let out = '';
      const feed = () => {
        const bytes = Buffer.from(`${before}${statement}\n${FOOTER}`);
        for (let at = 0; at < bytes.length; at += size)
          out += Buffer.concat(filter.pass(bytes.subarray(at, at + size))).toString();
        filter.last();
      };
      expect(feed).toThrow(expect.objectContaining({ code: 'DUMP_UNSAFE' }));
      expect(out).not.toMatch(/live|mysql|global|soname|directory/i);
      if (!statement.includes('\n')) expect(before.startsWith(out)).toBe(true);
    }
  });

  it('changes the character set of the new database where the dump changes that of the old', () => {
    expect(filtered('ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\n')).toBe(
      'ALTER DATABASE `new``shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\n',
    );
  });

  it('does not hold a statement that never ends without bound', () => {
    const filter = mysqlImportFilter({ from: 'shop', into: 'other', events: 'asleep' });
    const piece = Buffer.alloc(1024 * 1024, 'x');
    filter.pass(Buffer.from('CREATE PROCEDURE `p`() '));
    let held = 0;
    const feed = () => {
      for (; held < 100; held += 1) filter.pass(piece);
    };
    expect(feed).toThrow(expect.objectContaining({ code: 'DUMP_UNSAFE', message: expect.stringContaining('64 MiB') }));
    expect(held).toBeLessThan(65);
  });

  it('changes it around a routine, as MariaDB 11.8 writes it, and puts it back', () => {
    const around = (name: string) =>
      [
        `ALTER DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci ;`,
        'DELIMITER ;;',
        'CREATE DEFINER=`a`@`b` FUNCTION `f`() RETURNS int(11)\nRETURN 1 ;;',
        'DELIMITER ;',
        `ALTER DATABASE ${name} CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\n`,
      ].join('\n');
    expect(filtered(around('`shop`'))).toBe(around('`new``shop`'));
  });

  it('locks no tables, and takes sequences from the new database', () => {
    expect(
      filtered(
        'LOCK TABLES `t` WRITE;\nUNLOCK TABLES;\nCREATE TABLE `t` (`id` int DEFAULT nextval(`shop`.`s`));\n',
      ).trim(),
    ).toBe('CREATE TABLE `t` (`id` int DEFAULT nextval(`new``shop`.`s`));');
  });

  it.each([
    '/*\nlock tables */ LOCK TABLES `t` WRITE;',
    '/* alter database */ ALTER DATABASE `shop` CHARACTER SET utf8;',
  ])('leaves no comment open where it changes %j', (statement) => {
    expect(filtered(`${statement}\nDROP TABLE \`t\`;\n`)).toMatch(
      /^(?:ALTER DATABASE `new``shop` CHARACTER SET utf8 ;)?\nDROP TABLE `t`;\n$/,
    );
  });

  it.each([
    ['ENABLE', 'DISABLE ON SLAVE', 'ENABLE', 1],
    ['DISABLE', 'DISABLE', 'DISABLE', 1],
    ['DISABLE ON SLAVE', 'DISABLE ON SLAVE', 'ENABLE', 2],
  ])('makes an event that is %s sleep as %s, and wake as %s', (state, asleep, awake, clock) => {
    const early = (text: string) =>
      text
        .replace('/*!50106 CREATE*/', `SET TIMESTAMP=${clock} ;;\n/*!50106 CREATE*/`)
        .replace(' */ ;;', ' */ ;;\nSET TIMESTAMP=DEFAULT ;;');
    expect(filtered(event(state))).toBe(early(event(asleep)));
    expect(filtered(event(state), 7, 'awake')).toBe(event(awake));
    expect(filtered(event(state), 7, 'same')).toBe(event(state));
  });

  it('goes no further where a server that skips a conditional comment sees its end in a comment on a line', () => {
    expect(() => filtered('/*M!100100-- CREATE TABLE x ( */ DROP DATABASE live;\nSELECT 1;\n')).toThrow();
    const filter = mysqlImportFilter({ from: 'shop', into: 'new', events: 'asleep' });
    filter.pass(Buffer.from(`/*M!100100-- CREATE TABLE x ( */ DROP DATABASE live;\n${FOOTER}`));
    expect(filter.last().complete).toBe(false);
  });
});

describe('a definition that names its own database', () => {
  it.each([
    [
      'TRIGGER `shop`.`g` BEFORE INSERT ON shop.t FOR EACH ROW SET @a = 1',
      'TRIGGER `new``shop`.`g` BEFORE INSERT ON `new``shop`.t FOR EACH ROW SET @a = 1',
    ],
    [
      'PROCEDURE `p`() INSERT INTO shop.audit VALUES ("shop.x")',
      'PROCEDURE `p`() INSERT INTO `new``shop`.audit VALUES ("shop.x")',
    ],
  ])('names the new one: %s', (text, changed) => {
    const whole = (definition: string) => `DELIMITER ;;\nCREATE DEFINER=\`a\`@\`b\` ${definition} ;;\nDELIMITER ;\n`;
    for (const size of [1, 7, 10_000]) expect(filtered(whole(text), size)).toBe(whole(changed));
  });

  it('wakes no event that was disabled on a replica before it slept', () => {
    const options = { from: 'shop', into: 'shop', events: 'awake', onReplica: ['nightly'] } as const;
    const filter = mysqlImportFilter(options);
    const text = event('DISABLE ON SLAVE') + FOOTER;
    expect(Buffer.concat([...filter.pass(Buffer.from(text)), ...filter.last().rest]).toString()).toBe(text);
  });
});

describe('the line that turns on the sandbox of newer clients', () => {
  it.each([
    ['mariadb', '10.5.24', false],
    ['mariadb', '10.5.25', true],
    ['mariadb', '10.6.17', false],
    ['mariadb', '10.11.8', true],
    ['mariadb', '11.3.2', false],
    ['mariadb', '11.4.1', false],
    ['mariadb', '11.4.2', true],
    ['mariadb', '12.0.1', true],
    ['mysql', '8.4.0', false],
  ] as const)('is read by %s %s: %s', (flavour, version, reads) => {
    expect(readsSandboxLine({ flavour, version })).toBe(reads);
  });

  it.each(['/*M!999999\\- enable the sandbox mode */ \n', '/*!999999\\- enable the sandbox mode */\n', ''])(
    'is taken off where it stands first, and nowhere else: %j',
    async (line) => {
      const rest = "-- MariaDB dump\nINSERT INTO `t` VALUES ('\n/*M!999999\\- enable the sandbox mode */ \n');\n";
      for (const size of [1, 30, 1000]) {
        const bytes = Buffer.from(line + rest);
        const pieces = [...Array(Math.ceil(bytes.length / size)).keys()].map((at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const out: Uint8Array[] = [];
        for await (const piece of withoutSandboxLine(streamOf(pieces))) out.push(piece);
        expect(Buffer.concat(out).toString()).toBe(rest);
      }
    },
  );
});

// eslint-disable-next-line @typescript-eslint/require-await
async function* streamOf(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
