// What a MariaDB database is, asked of the server, not of a dump client: definitions, states, grants and rows.
import type { TestMariadb } from '@havun/test-servers';

const QUERIES = (db: string) => [
  `SELECT 'table', TABLE_NAME, TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${db} AND TABLE_TYPE <> 'VIEW' ORDER BY 2`,
  `SELECT 'column', TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLLATION_NAME, GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${db} ORDER BY 2, 3`,
  `SELECT 'index', TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, INDEX_TYPE, NON_UNIQUE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ${db} ORDER BY 2, 3, 4`,
  `SELECT 'check', TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ${db} ORDER BY 2, 3`,
  `SELECT 'key', TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE, UNIQUE_CONSTRAINT_SCHEMA FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ${db} ORDER BY 2, 3`,
  `SELECT 'view', TABLE_NAME, VIEW_DEFINITION, DEFINER, SECURITY_TYPE, CHECK_OPTION, ALGORITHM FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ${db} ORDER BY 2`,
  `SELECT 'routine', name, type, HEX(body), HEX(param_list), HEX(returns), definer, security_type, sql_mode, character_set_client FROM mysql.proc WHERE db = ${db} ORDER BY 2, 3`,
  `SELECT 'trigger', TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, HEX(ACTION_STATEMENT), DEFINER, SQL_MODE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${db} ORDER BY 2`,
  `SELECT 'event', EVENT_NAME, STATUS, HEX(EVENT_DEFINITION), INTERVAL_VALUE, STARTS, ON_COMPLETION, DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${db} ORDER BY 2`,
  `SELECT 'grant', User, Routine_name, Routine_type, Proc_priv FROM mysql.procs_priv WHERE Db = ${db} ORDER BY 2, 3`,
];

export async function mariadbFingerprint(server: TestMariadb, database: string): Promise<string> {
  const name = `'${database}'`;
  const parts = [await server.rootClient(QUERIES(name).join(';\n'))];
  const tables = await server.rootClient(
    `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${name} AND TABLE_TYPE <> 'VIEW' ORDER BY 1`,
  );
  for (const table of tables.split('\n').filter(Boolean)) {
    const rows = await server.rootClient(`SELECT * FROM \`${database}\`.\`${table}\``);
    parts.push(`rows of ${table}\n${rows.split('\n').sort().join('\n')}`);
  }
  return parts.join('\n');
}
