import { describe, expect, it } from '@jest/globals';
import { secret } from '../testing/secret.js';
import { optionsFile, parseVersion, type MysqlClient } from './client.js';
import type { MysqlServerConfig } from './config.js';
import { dumpOptions } from './database.js';

const client = (line: string): MysqlClient => ({ name: 'x', path: '/x', versionLine: line, ...parseVersion(line) });
const MARIADB = 'mysqldump  Ver 10.19 Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)';
const MARIADB_11 = 'mariadb-dump from 11.4.2-MariaDB, client 10.19 for debian-linux-gnu (x86_64)';
const MYSQL_8 = 'mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)';
const MYSQL_57 = 'mysqldump  Ver 10.13 Distrib 5.7.44, for Linux (x86_64)';

describe('a client of MySQL or MariaDB', () => {
  it.each([
    [MARIADB, 'mariadb', '10.11.6'],
    [MARIADB_11, 'mariadb', '11.4.2'],
    [MYSQL_8, 'mysql', '8.0.36'],
    [MYSQL_57, 'mysql', '5.7.44'],
  ])('is known by what it says: %s', (line, flavour, version) => {
    expect(parseVersion(line)).toEqual({ flavour, version });
  });

  it.each([
    [MARIADB, undefined, []],
    [MARIADB_11, undefined, ['ssl-verify-server-cert="0"']],
    ['mariadb from 12.0.1-MariaDB, client 15.2', undefined, ['ssl-verify-server-cert="0"']],
    [MYSQL_8, undefined, []],
    [MARIADB_11, { verify: true }, ['ssl="1"', 'ssl-verify-server-cert="1"']],
    [MARIADB_11, { verify: false }, ['ssl="1"', 'ssl-verify-server-cert="0"']],
    [MARIADB, { verify: true, ca_file: '/ca.pem' }, ['ssl="1"', 'ssl-verify-server-cert="1"', 'ssl-ca="/ca.pem"']],
    [MYSQL_8, { verify: true }, ['ssl-mode="VERIFY_IDENTITY"']],
    [MYSQL_57, { verify: false }, ['ssl-mode="REQUIRED"']],
  ])('is told of TLS in the words that it knows: %s, %j', (line, ssl, lines) => {
    const server = { type: 'mariadb', host: 'db', port: 3306, username: 'u', ...(ssl && { ssl }) } as MysqlServerConfig;
    const written = optionsFile(server, client(line)).split('\n');
    expect(written.filter((option) => option.startsWith('ssl'))).toEqual(lines);
  });

  it('gets only options that it knows', () => {
    expect(dumpOptions(client(MARIADB), '10.11.6-MariaDB').filter((option) => /gtid|statistics/.test(option))).toEqual(
      [],
    );
    expect(dumpOptions(client(MYSQL_8), '8.0.36')).toContain('--set-gtid-purged=OFF');
    expect(dumpOptions(client(MYSQL_8), '8.0.36')).not.toContain('--column-statistics=0');
    expect(dumpOptions(client(MYSQL_8), '5.7.44')).toContain('--column-statistics=0');
    expect(dumpOptions(client(MYSQL_8), '10.11.6-MariaDB')).toContain('--column-statistics=0');
    expect(dumpOptions(client(MYSQL_57), '5.7.44')).not.toContain('--column-statistics=0');
  });

  it('reads its credentials from a file that keeps every character', () => {
    const server: MysqlServerConfig = {
      type: 'mariadb',
      host: 'db',
      port: 3306,
      username: 'b',
      password: secret('a"b\\c #\n'),
    };
    expect(optionsFile(server, client(MARIADB))).toBe(
      '[client]\nuser="b"\npassword="a\\"b\\\\c #\\n"\nprotocol="tcp"\nhost="db"\nport="3306"\n',
    );
    expect(optionsFile(server, client(MARIADB))).not.toContain('ssl');
    expect(optionsFile(server, client(MYSQL_8))).not.toContain('ssl');
    const encrypted: MysqlServerConfig = { ...server, socket: '/s', ssl: { verify: true, ca_file: '/ca.pem' } };
    expect(optionsFile(encrypted, client(MARIADB))).toContain(
      'protocol="socket"\nsocket="/s"\nssl="1"\nssl-verify-server-cert="1"\nssl-ca="/ca.pem"\n',
    );
    expect(optionsFile(encrypted, client(MYSQL_8))).toContain('ssl-mode="VERIFY_IDENTITY"\nssl-ca="/ca.pem"\n');
  });
});
