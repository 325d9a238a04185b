import { z } from 'zod';
import { port, secret, text } from './scalars.js';

const address = z.email().describe('A mail address.');

const mail = z
  .strictObject({
    to: z
      .union([address, z.array(address)])
      .describe('Whom to write to: one address or several.')
      .meta({ examples: ['ops@example.org'] }),
    from: z.email().optional().describe('The sender.'),
    host: text.optional().describe('SMTP server.'),
    port: port.optional().describe('SMTP port.'),
    username: text.optional().describe('SMTP user.'),
    password: secret('SMTP password.').optional(),
  })
  .describe('Mail.');

const slack = z
  .strictObject({
    webhook: secret('The incoming webhook.'),
    channel: text.optional().meta({ description: 'The channel.', examples: ['#backups'] }),
  })
  .describe('Slack.');

const discord = z.strictObject({ webhook: secret('The webhook.') }).describe('Discord.');

export const notificationChannels = ['mail', 'slack', 'discord'] as const;

export const notificationsSchema = z
  .strictObject({
    channels: z
      .array(z.enum(notificationChannels))
      .default([])
      .describe('What is used. Each needs its own section here.'),
    mail: mail.optional(),
    slack: slack.optional(),
    discord: discord.optional(),
  })
  .describe('How people are told.');
