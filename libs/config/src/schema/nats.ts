import { z } from 'zod';
import { secret, text } from './scalars.js';

const url = z
  .string()
  .refine(
    (value) => value === 'embedded' || /^(nats|tls):\/\//.test(value),
    'must be "embedded" or begin with nats:// or tls://',
  )
  .refine((value) => !value.includes('@'), 'must hold no user or password: they have keys of their own')
  .default('embedded')
  .meta({
    description: '"embedded" starts a nats-server of our own on this machine; otherwise where the server is.',
    examples: ['embedded', 'nats://nats.example.org:4222'],
  });

const tls = z
  .strictObject({
    ca_file: text.optional().describe('Authority that signed the certificate of the server (PEM).'),
    cert_file: text.optional().describe('Certificate of this client (PEM).'),
    key_file: text.optional().describe('Key of that certificate (PEM).'),
  })
  .describe('TLS towards the server.');

export const natsSchema = z
  .strictObject({
    url,
    user: text.optional().describe('User name, where the server wants one.'),
    password: secret('Password of that user.').optional(),
    credentials_file: text.optional().describe('A .creds file, where the server wants one.'),
    tls: tls.optional(),
    monitor_url: z
      .url()
      .optional()
      .meta({
        description: 'The monitoring address of the server, which tells whether it syncs every write.',
        examples: ['http://nats.example.org:8222'],
      }),
    server_binary: text
      .optional()
      .describe('The nats-server program to start, version 2.10.23 or later. Only with url: embedded.'),
  })
  .describe('The NATS server that carries and keeps the events.');

/** Keys of `nats` that say how to reach an external server. */
export const remoteNatsKeys = ['user', 'password', 'credentials_file', 'tls', 'monitor_url'] as const;
