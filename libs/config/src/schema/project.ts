import { z } from 'zod';
import { includeSchema, pathsSchema, projectTypeSchema } from '@havun/sources';
import { cron, secret, text } from './scalars.js';

export const retentionOfProject = z
  .strictObject({
    hot_retention_days: z
      .int()
      .positive()
      .optional()
      .describe('Days in hot storage, before a backup moves to the archive. Without it: for ever.'),
    archive_retention_years: z
      .int()
      .positive()
      .optional()
      .describe('Years that a backup is kept. Without it: for ever; the tables then say 7.'),
    auto_cleanup_archive: z
      .boolean()
      .default(false)
      .describe('Whether an archive that is past its years may be deleted. While false, no command can.'),
    keep: z
      .strictObject({
        last: z.int().positive().optional().describe('The newest so many.'),
        daily: z.int().positive().optional().describe('The newest of each of the last so many days that have one.'),
        weekly: z.int().positive().optional().describe('The newest of each of the last so many weeks that have one.'),
        monthly: z.int().positive().optional().describe('The newest of each of the last so many months that have one.'),
        yearly: z.int().positive().optional().describe('The newest of each of the last so many years that have one.'),
      })
      .optional()
      .describe(
        'Which backups get an archive copy when they leave hot storage; the others are deleted then. Without it: all of them.',
      ),
  })
  .describe('How long backups are kept. A missing setting means: keep.');

export const complianceOfProject = z
  .strictObject({
    required: z.boolean().default(false).describe('Whether the law wants these backups kept.'),
    type: text.optional().meta({ description: 'Which law asks for them.', examples: ['belastingdienst', 'gdpr'] }),
    data_classification: text
      .optional()
      .meta({ description: 'What the data are.', examples: ['financial', 'personal-data', 'internal'] }),
  })
  .describe('What the law wants.');

const encryption = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether archives are encrypted (AES-256).'),
    password: secret(
      'Passphrase of the archives. Without it nobody can restore: keep it in a second place, with the people who must.',
    ).optional(),
  })
  .describe('Encryption of the archives.');

const notifications = z
  .strictObject({
    email: z
      .array(z.email().describe('A mail address.'))
      .optional()
      .describe('Who is told by mail, beside notifications.mail.to.'),
    slack: secret("Slack webhook of this project's own channel.").optional(),
    discord: secret("Discord webhook of this project's own channel.").optional(),
    on_success: z
      .enum(['daily-digest', 'immediate', 'never'])
      .default('daily-digest')
      .describe('When a success is told.'),
    on_failure: z.enum(['immediate', 'daily-digest']).default('immediate').describe('When a failure is told.'),
  })
  .describe('Who is told of this project, and when.');

const testEnvironment = z
  .strictObject({
    root: pathsSchema.shape.root.describe('Folder of the test environment, absolute. Restored files are put there.'),
    database: text.optional().describe('Name of its database. Never that of production.'),
    server: text.optional().describe('Which of `databases` it lives on. Default: that of production.'),
  })
  .describe('Where «backup:restore --test» restores to. What lies there is replaced without asking.');

const hooks = z
  .array(
    text.meta({ description: "A command for /bin/sh, run in the project's root.", examples: ['php artisan down'] }),
  )
  .default([]);

const restore = z
  .strictObject({
    before: hooks.describe(
      'Run before anything of production is replaced, such as maintenance mode. One that fails stops the restore.',
    ),
    after: hooks.describe('Run afterwards, also when the restore was taken back. One that fails is a warning.'),
    hook_timeout_seconds: z
      .number()
      .positive()
      .default(120)
      .describe('A hook that takes longer is ended, and has failed.'),
  })
  .describe('Restores of this project to production.');

/** A project's drill settings override the general ones. */
const drill = z
  .strictObject({
    enabled: z.boolean().optional().describe('Whether a drill is made by itself once a quarter.'),
    schedule: cron('When. Default: that of all drills.').optional(),
    server: text.optional().describe('Which of `databases` the dump is tried on. Never one that a project lives on.'),
  })
  .describe("This project's quarterly drill, where it differs from the others.");

export const projectSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether it is backed up.'),
    type: projectTypeSchema,
    priority: z.enum(['critical', 'high', 'medium', 'low']).default('medium').describe('How much it matters.'),
    schedule: cron('When it is backed up, in the configured time zone. Without it: by hand only.').optional(),
    host: text
      .optional()
      .describe('The machine that has the project, as that machine calls itself. Default: this one.'),
    paths: pathsSchema,
    include: includeSchema.prefault({}),
    retention: retentionOfProject.prefault({}),
    compliance: complianceOfProject.prefault({}),
    encryption: encryption.prefault({}),
    notifications: notifications.optional(),
    test: testEnvironment.optional(),
    restore: restore.prefault({}),
    drill: drill.prefault({}),
  })
  .describe('One project.');

/** VARCHAR(50) in the tables, a folder in every storage, and a part of every backup name. */
export const projectNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,49}$/,
    'must be 1 to 50 of a-z, 0-9, "-", "_" and ".", and begin with a letter or digit',
  );
