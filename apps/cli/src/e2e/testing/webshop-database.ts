import { createHash } from 'node:crypto';
import type { TestMariadb } from '@havun/test-servers';

/** The dumping user and what it needs: enough for everything in the database, and no more. */
export const backupUser = { username: 'backup', password: 'db-Pass"word\'with\\marks #7' };
export const backupGrants = [
  'SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON `webshop`.*',
  'SELECT ON `mysql`.`proc`',
];

/** Tables of every sort that a dump gets wrong: emoji, every byte in a blob, nulls, no rows, no primary key, a cycle of keys. */
const schema = `
CREATE TABLE customers (
  id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100) NOT NULL, note TEXT, settings JSON, born DATE,
  created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)) ENGINE=InnoDB;
CREATE TABLE orders (
  id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, customer_id BIGINT UNSIGNED NOT NULL, total DECIMAL(12,2) NOT NULL,
  weight DOUBLE, paid BIT(1), total_with_vat DECIMAL(14,4) AS (total * 1.21) STORED,
  FOREIGN KEY (customer_id) REFERENCES customers (id)) ENGINE=InnoDB;
CREATE TABLE attachments (id INT PRIMARY KEY, content LONGBLOB, hash BINARY(32)) ENGINE=InnoDB;
CREATE TABLE \`vreemde naam ☕\` (\`select\` INT, \`een kolom\` VARCHAR(20)) ENGINE=InnoDB;
CREATE TABLE password_resets (email VARCHAR(190), token VARCHAR(64)) ENGINE=InnoDB;
CREATE TABLE order_log (order_id BIGINT UNSIGNED, what VARCHAR(50)) ENGINE=InnoDB;
CREATE VIEW big_orders AS SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total > 500;
DELIMITER //
CREATE FUNCTION with_vat(amount DECIMAL(12,2)) RETURNS DECIMAL(14,4) DETERMINISTIC RETURN amount * 1.21//
CREATE PROCEDURE count_orders(OUT how_many INT) BEGIN SELECT COUNT(*) INTO how_many FROM orders; END//
CREATE TRIGGER log_order AFTER INSERT ON orders FOR EACH ROW BEGIN
  INSERT INTO order_log VALUES (NEW.id, 'made; by the "trigger"');
END//
CREATE EVENT forget_resets ON SCHEDULE EVERY 1 DAY DO DELETE FROM password_resets//
DELIMITER ;
`;

const rows = `
INSERT INTO customers (name, note, settings, born, created_at)
  SELECT CONCAT('Klant ', seq, ' – café ☕ 👩🏽‍💻'), IF(seq % 5 = 0, NULL, CONCAT('regel 1\\nregel 2; \\'geciteerd\\' ', REPEAT('€', seq % 40))),
    JSON_OBJECT('emoji', '🎉', 'n', seq), IF(seq % 3 = 0, NULL, DATE_ADD('1970-01-01', INTERVAL seq DAY)), '2025-10-26 02:30:00.123456'
  FROM seq_1_to_300;
INSERT INTO orders (customer_id, total, weight, paid)
  SELECT seq % 300 + 1, seq * 7 % 1000 + 0.25, seq / 3, IF(seq % 4 = 0, NULL, seq % 2) FROM seq_1_to_3000;
INSERT INTO attachments SELECT seq, REPEAT(CHAR(seq % 256, 0, 10, 13, 26, 34, 39, 92, 255), 400), UNHEX(SHA2(seq, 256)) FROM seq_1_to_60;
INSERT INTO attachments VALUES (0, '', NULL);
INSERT INTO \`vreemde naam ☕\` VALUES (1, 'a'), (1, 'a'), (NULL, NULL);
`;

export const tables = ['attachments', 'customers', 'order_log', 'orders', 'password_resets', 'vreemde naam ☕'];

/** Makes and fills the database `webshop`, and the user that dumps it. */
export async function makeWebshop(mariadb: TestMariadb): Promise<void> {
  await mariadb.rootClient('CREATE DATABASE webshop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;');
  await mariadb.rootClient(schema + rows, 'webshop');
  await mariadb.createUser(backupUser.username, backupUser.password, backupGrants);
}

/** Everything in a database: how each table was made, a hash of its rows, and what is stored beside tables. */
export async function contentOf(mariadb: TestMariadb, database: string): Promise<Record<string, string>> {
  const ask = (sql: string): Promise<string> => mariadb.rootClient(sql, database);
  const content: Record<string, string> = {};
  for (const table of tables) {
    content[`rows of ${table}`] = await hashOfRows(mariadb, database, table);
    content[`definition of ${table}`] = await ask(`SHOW CREATE TABLE \`${table}\``);
  }
  const here = `'${database}'`;
  content['tables and views'] = await ask('SHOW FULL TABLES');
  content['rows of the view'] = await ask('SELECT * FROM big_orders ORDER BY id');
  content['routines'] = await ask(
    `SELECT routine_type, routine_name, routine_definition, is_deterministic FROM information_schema.routines WHERE routine_schema = ${here} ORDER BY 1, 2`,
  );
  content['triggers'] = await ask(
    `SELECT trigger_name, event_manipulation, event_object_table, action_timing, action_statement FROM information_schema.triggers WHERE trigger_schema = ${here} ORDER BY 1`,
  );
  content['events'] = await ask(
    `SELECT event_name, interval_value, interval_field, event_definition FROM information_schema.events WHERE event_schema = ${here} ORDER BY 1`,
  );
  return content;
}

/** Every byte of every value counts. CHECKSUM TABLE is no use: with NULL in a BIT column it differs for equal rows. */
async function hashOfRows(mariadb: TestMariadb, database: string, table: string): Promise<string> {
  const named = `table_schema = '${database}' AND table_name = '${table}'`;
  const columns = await mariadb.rootClient(
    `SELECT GROUP_CONCAT(CONCAT('HEX(CAST(\`', column_name, '\` AS BINARY))') ORDER BY ordinal_position) FROM information_schema.columns WHERE ${named}`,
  );
  const rows = await mariadb.rootClient(`SELECT ${columns} FROM \`${table}\``, database);
  return `${rows.trim().split('\n').length} ${createHash('sha256').update(rows.split('\n').sort().join('\n')).digest('hex')}`;
}
