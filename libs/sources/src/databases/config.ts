// The servers that projects' databases live on: one strict schema for each kind, chosen by `type`.
import { z } from 'zod';

/** A secret that prints as something else; only the code that must send it reveals it. */
export interface Revealable {
  reveal(): string;
}
/** A schema that takes the secret's text and gives it wrapped. The config library passes its own. */
export type SecretSchema = z.ZodType<Revealable, string>;

const host = z.string().min(1).default('127.0.0.1').describe('Host name or address, reached over TCP.');
const port = (standard: number) => z.int().min(1).max(65_535).default(standard).describe('TCP port.');
const username = z.string().min(1).describe('User that may read everything in the databases.');
const ssl = z
  .strictObject({
    ca_file: z.string().min(1).optional().describe('Certificate authority that signed the server certificate (PEM).'),
    verify: z.boolean().default(true).describe('Check the certificate and the host name in it.'),
  })
  .optional()
  .describe('Refuse connections without TLS. Without this the client decides.');

const mysqlFields = (secret: SecretSchema) => ({
  host,
  port: port(3306),
  socket: z.string().min(1).optional().describe('Unix socket; used instead of host and port.'),
  username,
  password: secret.optional().describe('Not needed where the server trusts the socket.'),
  ssl,
});

export const mariadbServerSchema = (secret: SecretSchema) =>
  z.strictObject({ type: z.literal('mariadb'), ...mysqlFields(secret) }).describe('A MariaDB server.');

export const mysqlServerSchema = (secret: SecretSchema) =>
  z.strictObject({ type: z.literal('mysql'), ...mysqlFields(secret) }).describe('A MySQL server.');

export const postgresqlServerSchema = (secret: SecretSchema) =>
  z
    .strictObject({
      type: z.literal('postgresql'),
      host,
      port: port(5432),
      socket: z.string().min(1).optional().describe('Folder of the Unix socket; used instead of host.'),
      username,
      password: secret.optional().describe('Not needed where the server trusts the socket.'),
      ssl,
    })
    .describe('A PostgreSQL server.');

export const sqliteServerSchema = () =>
  z
    .strictObject({
      type: z.literal('sqlite'),
      folder: z.string().min(1).optional().describe("Folder of the database files. Default: the project's root."),
    })
    .describe('SQLite database files.');

/** Schema of one entry of `databases` in the configuration. */
export const databaseServerSchema = (secret: SecretSchema) =>
  z.discriminatedUnion('type', [
    mariadbServerSchema(secret),
    mysqlServerSchema(secret),
    postgresqlServerSchema(secret),
    sqliteServerSchema(),
  ]);

export type MysqlServerConfig =
  z.infer<ReturnType<typeof mariadbServerSchema>> | z.infer<ReturnType<typeof mysqlServerSchema>>;
export type PostgresqlServerConfig = z.infer<ReturnType<typeof postgresqlServerSchema>>;
export type SqliteServerConfig = z.infer<ReturnType<typeof sqliteServerSchema>>;
export type DatabaseServerConfig = z.infer<ReturnType<typeof databaseServerSchema>>;
export type DatabaseType = DatabaseServerConfig['type'];
