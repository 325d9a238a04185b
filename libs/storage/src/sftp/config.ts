import { z } from 'zod';
import { secretSchema } from '../secret.js';

const fingerprintSchema = z
  .string()
  .regex(
    /^SHA256:[A-Za-z0-9+/]{43}$/,
    'must be a fingerprint as ssh-keygen prints it: "SHA256:" and 43 characters, without "=" at the end',
  );

export const sftpConfigSchema = z
  .strictObject({
    type: z.literal('sftp').describe('A folder on an SFTP server, such as a Hetzner Storage Box.'),
    host: z.string().min(1).describe('Name or address of the server.'),
    port: z.int().min(1).max(65535).default(22).describe('Port of the SSH server; 23 on a Hetzner Storage Box.'),
    username: z.string().min(1),
    private_key_file: z
      .string()
      .min(1)
      .optional()
      .describe('Path of the private key to log in with (OpenSSH or PEM format). Give this or password.'),
    passphrase: secretSchema.optional().describe('Passphrase of the private key, where it has one.'),
    password: secretSchema.optional().describe('Password to log in with. Give this or private_key_file.'),
    host_key: z
      .union([fingerprintSchema, z.array(fingerprintSchema).min(1)])
      .describe(
        "SHA256 fingerprint of the server's host key, or a list of them. Any other key is refused before logging in. " +
          'Read it with: ssh-keyscan -p PORT HOST | ssh-keygen -lf - and compare it with what the provider publishes.',
      ),
    path: z
      .string()
      .min(1)
      .describe('Folder on the server that holds the backups: absolute, or relative to the login folder.'),
    max_connections: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe(
        'Connections at the same time from this machine, all services and commands together. A Hetzner Storage Box allows 10 ' +
          'in all. Where it is 2 or more, services leave one to the commands of a person.',
      ),
  })
  .superRefine((config, context) => {
    const { private_key_file: keyFile, password, passphrase } = config;
    if ((keyFile === undefined) === (password === undefined)) {
      const message = 'give exactly one of private_key_file and password';
      context.addIssue({ code: 'custom', path: ['private_key_file'], message });
    }
    if (passphrase !== undefined && keyFile === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['passphrase'],
        message: 'belongs to private_key_file, which is missing',
      });
    }
  })
  .describe('Backups on an SFTP server.');

export type SftpConfig = z.output<typeof sftpConfigSchema>;
