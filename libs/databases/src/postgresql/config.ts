import { z } from 'zod';
import type { SecretSchema } from '../secret.js';
import { host, port, restoreLogin, ssl, username } from '../server-fields.js';

export const postgresqlServerSchema = (secret: SecretSchema) =>
  z
    .strictObject({
      type: z.literal('postgresql'),
      host,
      port: port(5432),
      socket: z.string().min(1).optional().describe('Folder of the Unix socket; used instead of host.'),
      username,
      password: secret.optional().describe('Not needed where the server trusts the socket.'),
      ...restoreLogin(secret),
      ssl,
    })
    .describe('A PostgreSQL server.');

export type PostgresqlServerConfig = z.infer<ReturnType<typeof postgresqlServerSchema>>;
