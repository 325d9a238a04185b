import { startMariadb, runProgram } from '@havun/test-servers';
import { tmpdir } from 'node:os';
import type { DatabaseServerConfig } from '../config.js';
import { surroundings } from '../environment.js';
import { secret } from '../testing/secret.js';
import { restorerContract } from '../testing/restorer-contract.js';
import { mariadb } from './database.js';

const LIVE = 'app_db';
const SCHEMA = String.raw`
CREATE DATABASE app_db CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE app_db;
CREATE TABLE texts (id INT PRIMARY KEY AUTO_INCREMENT, body TEXT, title VARCHAR(200)) CHARSET utf8mb4;
INSERT INTO texts (body, title) VALUES ('emoji 😀 é', 'it''s "quoted" \\ back'), ('line\nbreak\ttab\0nul\Z', '(1),(2);'), ('USE mysql; DROP DATABASE app_db;', ''), ('-- Dump completed', '\\'';');
CREATE TABLE blobs (id INT PRIMARY KEY, content LONGBLOB, flags BIT(13), price DECIMAL(12,4), at DATETIME(6), doc JSON);
INSERT INTO blobs VALUES (1, UNHEX('00FF27285C0A2C29'), b'1010101010101', -1.5, '2025-03-30 02:30:00.123456', '{"a": "\\"b\\""}'), (2, '', b'0', 0, NULL, NULL);
INSERT INTO blobs SELECT seq, UNHEX(SHA2(seq, 512)), b'1', seq / 7, '2025-01-01', NULL FROM seq_3_to_60;
CREATE TABLE generated (id INT PRIMARY KEY, twice INT AS (id * 2) VIRTUAL, thrice INT AS (id * 3) STORED);
INSERT INTO generated (id) VALUES (1), (2), (3);
CREATE TABLE empty_table (id INT);
CREATE TABLE old_engine (id INT) ENGINE=MyISAM; INSERT INTO old_engine VALUES (1), (2);
CREATE TABLE ${'`we``ird (name) ; values`'} (${"`c``ol 'x'`"} INT); INSERT INTO ${'`we``ird (name) ; values`'} VALUES (1), (3);
CREATE TABLE hen (id INT PRIMARY KEY, egg INT); CREATE TABLE egg (id INT PRIMARY KEY, hen INT, FOREIGN KEY (hen) REFERENCES hen (id) ON DELETE CASCADE);
ALTER TABLE hen ADD CONSTRAINT first_egg FOREIGN KEY (egg) REFERENCES egg (id); INSERT INTO hen VALUES (1, NULL); INSERT INTO egg VALUES (1, 1); UPDATE hen SET egg = 1;
CREATE SEQUENCE numbers; SELECT NEXTVAL(numbers); CREATE TABLE numbered (id INT DEFAULT NEXTVAL(numbers), label INT); INSERT INTO numbered (label) VALUES (7), (8);
CREATE VIEW a_view AS SELECT id, title FROM texts; CREATE VIEW ${'`view ``two`'} AS SELECT COUNT(*) AS n, answer_or(1) FROM a_view;
DELIMITER ;;
CREATE FUNCTION answer() RETURNS INT DETERMINISTIC RETURN 42;;
CREATE TRIGGER guard BEFORE INSERT ON generated FOR EACH ROW BEGIN
  -- it's a comment; INSERT INTO texts VALUES (9, '(', ')');
  IF NEW.id < 0 THEN INSERT INTO texts (title) VALUES ('a'), ('b'); END IF;
END;;
CREATE TRIGGER guard_too BEFORE INSERT ON generated FOR EACH ROW FOLLOWS guard SET @seen = NEW.id;;
CREATE PROCEDURE fill() BEGIN /* kept */ INSERT INTO empty_table VALUES (1), (2), (3); # as well
END;;
CREATE DEFINER = nobody@nowhere PROCEDURE owned() SQL SECURITY INVOKER SELECT 1;;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 03:00:00' ENABLE COMMENT 'ON COMPLETION PRESERVE ENABLE' DO INSERT INTO empty_table VALUES (1);;
CREATE EVENT resting ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 03:00:00' DISABLE DO INSERT INTO empty_table VALUES (1);;
CREATE EVENT once ON SCHEDULE AT '2037-01-01 00:00:00' DO INSERT INTO empty_table VALUES (1);;
DELIMITER ;
ALTER DATABASE app_db COLLATE utf8mb4_unicode_ci;
CREATE FUNCTION other_collation() RETURNS INT DETERMINISTIC RETURN 43;
ALTER DATABASE app_db COLLATE utf8mb4_czech_ci COMMENT 'the shop''s \\ */ own';
`.replace(
  'CREATE VIEW a_view',
  'CREATE FUNCTION answer_or(n INT) RETURNS INT DETERMINISTIC RETURN COALESCE(n, 42); CREATE VIEW a_view',
);

const CHANGES = String.raw`
DROP VIEW ${'`view ``two`'}; DROP TABLE numbered; DROP PROCEDURE fill; DROP TRIGGER guard_too; DROP EVENT once;
CREATE TABLE later (id INT PRIMARY KEY, text_id INT, FOREIGN KEY (text_id) REFERENCES texts (id)); INSERT INTO later VALUES (1, 2);
DELETE FROM texts WHERE id = 1; INSERT INTO empty_table VALUES (5); CREATE VIEW another AS SELECT * FROM later;
CREATE TRIGGER later_too AFTER INSERT ON later FOR EACH ROW SET @a = 1;
`;

/** Every privilege that the example of the configuration names. */
const GRANTS = [
  'ALL PRIVILEGES ON `app\\_db`.*',
  'ALL PRIVILEGES ON `havun\\_incoming\\_%`.*',
  'ALL PRIVILEGES ON `havun\\_kept\\_%`.*',
  'SET USER ON *.*',
  'SELECT ON `mysql`.`proc`',
];

restorerContract('a MariaDB database', async () => {
  const server = await startMariadb({ serverOptions: ['--event-scheduler=ON'], inMemory: true });
  await server.createUser('restore', 'a password', GRANTS);
  await server.createUser('backup', 'a password', [
    'SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON `app\\_db`.*',
    GRANTS[4]!,
  ]);
  const config: DatabaseServerConfig = {
    type: 'mariadb',
    host: server.host,
    port: server.port,
    username: 'backup',
    password: secret('a password'),
    restore_username: 'restore',
    restore_password: secret('a password'),
  };
  const environment = surroundings({ tempDir: tmpdir() });
  const login = ['--no-defaults', '--user=root', `--socket=${server.socket}`];
  const what = ['--skip-comments', '--routines', '--triggers', '--events', '--hex-blob', '--databases'];
  return {
    live: LIVE,
    nonsense: 'DROP TABLE `no_such_table`;',
    unsafe: [
      'USE mysql;',
      'DROP DATABASE app_db;',
      'INSERT INTO app_db.texts (id) VALUES (9);',
      'ALTER DATABASE mysql CHARACTER SET latin1;',
      'CREATE TABLE `app_db`.`t` (id INT);',
      'SET GLOBAL event_scheduler = 0;',
    ],
    connect: (watch) => mariadb.connectRestorer({ server: config, root: '/', environment }, watch),
    database: () => mariadb.connect({ server: config, database: LIVE, root: '/', environment }),
    async reset() {
      await server.rootClient('DROP DATABASE IF EXISTS app_db');
      await runProgram('mariadb', [...login, '--comments', '--default-character-set=utf8mb4'], { input: SCHEMA });
    },
    async change() {
      await server.rootClient(CHANGES, LIVE);
    },
    async content(name) {
      const found = await server.rootClient(`SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${name}'`);
      if (found === '') return undefined;
      const text = await runProgram('mariadb-dump', [...login, ...what, name]);
      const named = text.replaceAll(`\`${name}\``, '`it`').replaceAll(`\`${LIVE}\``, '`it`');
      return name === LIVE ? named : named.replaceAll('DISABLE ON SLAVE', 'ENABLE');
    },
    identity: (name) =>
      server.rootClient(
        `SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${name}'`,
      ),
    async changeIdentity() {
      await server.rootClient("ALTER DATABASE app_db CHARACTER SET latin1 COLLATE latin1_german2_ci COMMENT 'changed'");
    },
    strange: {
      properties: (own) => ({ ...own, collation: "utf8mb4_0900_ai_ci' COMMENT 'x" }),
      said: [/utf8mb4_0900_ai_ci.* is unknown to this server: its default is utf8mb4_unicode_ci/],
    },
    async remove(name) {
      await server.rootClient(`DROP DATABASE ${name}`);
    },
    async damage(name) {
      await server.rootClient('DROP TABLE old_engine; DELETE FROM texts WHERE id > 2; DROP TRIGGER guard', name);
      return [
        'Table old_engine is missing.',
        'Table texts has 2 rows, and the backup has 4.',
        'There are 1 triggers, and the backup has 2.',
        'Trigger guard is missing.',
        'Trigger guard_too is not as in the backup.',
      ];
    },
    stop: () => server.stop(),
  };
});
