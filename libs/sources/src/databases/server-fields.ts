// Fields that the schemas of several database servers share.
import { z } from 'zod';

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
