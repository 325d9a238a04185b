// Fields that several database servers have in their schemas.
import { z } from 'zod';
import type { Revealable, SecretSchema } from './secret.js';

export const host = z.string().min(1).default('127.0.0.1').describe('Host name or address, reached over TCP.');
export const port = (standard: number) => z.int().min(1).max(65_535).default(standard).describe('TCP port.');
export const username = z.string().min(1).describe('User that may read everything in the databases.');
export const ssl = z
  .strictObject({
    ca_file: z.string().min(1).optional().describe('Certificate authority that signed the server certificate (PEM).'),
    verify: z.boolean().default(true).describe('Check the certificate and the host name in it.'),
  })
  .optional()
  .describe('Refuse connections without TLS. Without this the client decides.');

/** The user for restores. The one for backups may only read. */
export const restoreLogin = (secret: SecretSchema) => ({
  restore_username: z
    .string()
    .min(1)
    .optional()
    .describe('User that restores: may create, fill and drop databases. Default: username.'),
  restore_password: secret.optional().describe('Password of restore_username.'),
});

interface Login {
  username: string;
  password?: Revealable | undefined;
  restore_username?: string | undefined;
  restore_password?: Revealable | undefined;
}

/** The server with the login for restores. */
export function asRestorer<Server extends Login>(server: Server): Server {
  if (server.restore_username === undefined) return server;
  const { password: _, ...rest } = server;
  const password = server.restore_password && { password: server.restore_password };
  return { ...rest, username: server.restore_username, ...password } as Server;
}
