import type { MysqlServerConfig } from './config.js';

const EVERYWHERE = "sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0";

/**
 * The settings, as one statement, under which a server accepts what it has already accepted once: rows that an unenforced CHECK let
 * in, tables made before the strict mode, an import that takes hours. MySQL lets only administrators change these.
 */
export const importSession = ({ type }: Pick<MysqlServerConfig, 'type'>): string =>
  type === 'mariadb'
    ? `SET SESSION check_constraint_checks = 0, innodb_strict_mode = 0, max_statement_time = 0, ${EVERYWHERE}`
    : `SET SESSION ${EVERYWHERE}`;
