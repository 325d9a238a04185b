import { z } from 'zod';
import type { SecretSchema } from '../secret.js';
import { host, port, restoreLogin, ssl, username } from '../server-fields.js';

const fields = (secret: SecretSchema) => ({
  host,
  port: port(3306),
  socket: z.string().min(1).optional().describe('Unix socket; used instead of host and port.'),
  username,
  password: secret.optional().describe('Not needed where the server trusts the socket.'),
  ...restoreLogin(secret),
  ssl,
});

export const mariadbServerSchema = (secret: SecretSchema) =>
  z.strictObject({ type: z.literal('mariadb'), ...fields(secret) }).describe('A MariaDB server.');

export const mysqlServerSchema = (secret: SecretSchema) =>
  z.strictObject({ type: z.literal('mysql'), ...fields(secret) }).describe('A MySQL server.');

export type MysqlServerConfig =
  z.infer<ReturnType<typeof mariadbServerSchema>> | z.infer<ReturnType<typeof mysqlServerSchema>>;
