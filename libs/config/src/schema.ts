import { z } from 'zod';
import { databaseServerSchema, includeSchema, pathsSchema, projectTypeSchema } from '@havun/sources';
import { secretSchema, storageConfigSchema } from '@havun/storage';

/** The shape of `havun.yaml` (D15), after variables were put in. Keys are as in the file. */

const seconds = z.number().positive();
const cron = z.string().min(1).describe('Five fields: minute, hour, day of month, month, day of week.');
const mysqlReadModel = <Type extends string>(type: Type) =>
  z.strictObject({
    type: z.literal(type),
    host: z.string().min(1).default('127.0.0.1').describe('Host name or address.'),
    port: z.int().min(1).max(65_535).default(3306).describe('TCP port.'),
    username: z.string().min(1).describe('User that may create and change tables in the database.'),
    password: secretSchema.describe('Its password.'),
    database: z.string().min(1).describe('The database that holds the tables; it must exist.'),
  });

const natsSchema = z
  .strictObject({
    url: z
      .string()
      .min(1)
      .refine(
        (url) => url === 'embedded' || /^(nats|tls):\/\//.test(url),
        'must be "embedded" or begin with nats:// or tls://',
      )
      .default('embedded')
      .describe('"embedded" starts a nats-server of our own on this machine; otherwise nats://host:4222.'),
    user: z.string().min(1).optional().describe('User name, where the server wants one.'),
    password: secretSchema.optional().describe('Password of that user.'),
    credentials_file: z.string().min(1).optional().describe('A .creds file, where the server wants one.'),
    tls: z
      .strictObject({
        ca_file: z.string().min(1).optional().describe('Authority that signed the certificate of the server (PEM).'),
        cert_file: z.string().min(1).optional().describe('Certificate of this client (PEM).'),
        key_file: z.string().min(1).optional().describe('Key of that certificate (PEM).'),
      })
      .optional()
      .describe('TLS towards the server.'),
    monitor_url: z
      .url()
      .optional()
      .describe('The monitoring address of the server (http://host:8222), which tells whether it syncs every write.'),
    server_binary: z.string().min(1).optional().describe('The nats-server program for "embedded".'),
  })
  .describe('The NATS server that carries and keeps the events.');

const notificationsOfProject = z
  .strictObject({
    email: z.array(z.email()).optional().describe('Who is told by mail.'),
    slack: secretSchema.optional().describe('Slack webhook.'),
    discord: secretSchema.optional().describe('Discord webhook.'),
    on_success: z
      .enum(['daily-digest', 'immediate', 'never'])
      .default('daily-digest')
      .describe('When a success is told.'),
    on_failure: z.enum(['immediate', 'daily-digest']).default('immediate').describe('When a failure is told.'),
  })
  .describe('Who is told how of this project.');

const projectSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether it is backed up.'),
    type: projectTypeSchema,
    priority: z.enum(['critical', 'high', 'medium', 'low']).default('medium').describe('How much it matters.'),
    schedule: cron.optional().describe('Cron slots, in the configured time zone. Without it only by hand.'),
    host: z.string().min(1).optional().describe('The machine that has the project. Default: the top-level host.'),
    paths: pathsSchema,
    include: includeSchema.default({}),
    retention: z
      .strictObject({
        hot_retention_days: z.int().positive().optional().describe('Days in hot storage. Without it: kept.'),
        archive_retention_years: z.int().positive().optional().describe('Years in the archive. Without it: kept.'),
        auto_cleanup_archive: z
          .boolean()
          .default(false)
          .describe('Whether an archive that is past its years may be deleted.'),
      })
      .default({ auto_cleanup_archive: false })
      .describe('How long backups are kept. What is not said is kept.'),
    compliance: z
      .strictObject({
        required: z.boolean().default(false).describe('Whether the law wants these backups kept.'),
        type: z.string().min(1).optional().describe('Which law, for example belastingdienst or gdpr.'),
        data_classification: z.string().min(1).optional().describe('For example financial, personal-data or internal.'),
      })
      .default({ required: false })
      .describe('What the law wants.'),
    encryption: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether archives are encrypted (AES-256).'),
        password: secretSchema.optional().describe('The passphrase of the archives. Keep it elsewhere, too.'),
      })
      .default({ enabled: true })
      .describe('Encryption of the archives.'),
    notifications: notificationsOfProject.optional(),
  })
  .describe('One project.');

/** VARCHAR(50) in the tables, a folder in every storage, and a part of every backup name. */
const projectName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,49}$/,
    'must be 1 to 50 of a-z, 0-9, "-", "_" and ".", and begin with a letter or digit',
  );

export const configSchema = z
  .strictObject({
    host: z.string().min(1).default('local').describe('The name of this machine; projects name the one that has them.'),
    data_dir: z
      .string()
      .min(1)
      .default('/var/lib/havun')
      .describe('Event store, read model and run files of the embedded stack.'),
    timezone: z.string().min(1).default('Europe/Amsterdam').describe('IANA time zone of schedules and backup names.'),
    nats: natsSchema.default({ url: 'embedded' }),
    event_store: z
      .strictObject({
        type: z.literal('jetstream').default('jetstream').describe('Where events are kept.'),
        replicas: z.int().min(1).max(5).default(1).describe('Copies in a NATS cluster.'),
      })
      .default({ type: 'jetstream', replicas: 1 })
      .describe('The event store.'),
    read_model: z
      .discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('sqlite'),
          path: z.string().min(1).optional().describe('The file. Default: read-model.sqlite in data_dir.'),
        }),
        mysqlReadModel('mariadb'),
        mysqlReadModel('mysql'),
      ])
      .default({ type: 'sqlite' })
      .describe('Where the tables are that people look at.'),
    databases: z
      .record(z.string().min(1), databaseServerSchema(secretSchema))
      .default({})
      .describe('The servers that projects keep their databases on, by name.'),
    storage: z
      .strictObject({
        local: z
          .strictObject({ path: z.string().min(1).describe('The folder.') })
          .describe('Hot storage on this machine.'),
        offsite: z
          .record(z.string().regex(/^[a-z0-9][a-z0-9_-]*$/), storageConfigSchema)
          .default({})
          .describe('Storages elsewhere, by name.'),
      })
      .describe('Where backups are kept.'),
    projects: z.record(projectName, projectSchema).describe('What is backed up, by name.'),
    scheduler: z
      .strictObject({
        catch_up_hours: z
          .number()
          .nonnegative()
          .default(6)
          .describe('A slot that was missed is made up for within this time.'),
      })
      .default({ catch_up_hours: 6 })
      .describe('Scheduled backups.'),
    runs: z
      .strictObject({
        max_attempts: z.int().positive().default(3).describe('How often a runner that dies may begin a backup anew.'),
      })
      .default({ max_attempts: 3 })
      .describe('Runs.'),
    uploads: z
      .strictObject({
        attempts: z.int().positive().default(5).describe('How often an upload or a verification is tried.'),
        first_delay_seconds: seconds.default(5).describe('The first wait; each further one is twice as long.'),
        max_delay_seconds: seconds.default(300).describe('The longest wait.'),
      })
      .default({ attempts: 5, first_delay_seconds: 5, max_delay_seconds: 300 })
      .describe('Uploads to offsite storages, and reading back.'),
    archive: z
      .strictObject({
        level: z.int().min(1).max(9).optional().describe('Compression: 1 is quick, 9 is small.'),
        parallelism: z
          .int()
          .min(1)
          .max(64)
          .optional()
          .describe('Blocks compressed at once. Default: the number of cores.'),
      })
      .default({})
      .describe('Archives.'),
    monitoring: z
      .strictObject({
        health_check_schedule: cron.default('0 * * * *'),
        max_backup_age_hours: z.number().positive().default(25).describe('A newer backup than this must exist.'),
        min_backup_size_bytes: z.int().nonnegative().default(1024).describe('A smaller backup is suspect.'),
      })
      .default({ health_check_schedule: '0 * * * *', max_backup_age_hours: 25, min_backup_size_bytes: 1024 })
      .describe('Health checks.'),
    notifications: z
      .strictObject({
        channels: z
          .array(z.enum(['mail', 'slack', 'discord']))
          .default([])
          .describe('What is used.'),
        mail: z
          .strictObject({
            to: z
              .union([z.email(), z.array(z.email())])
              .optional()
              .describe('Whom to write to.'),
            from: z.email().optional().describe('The sender.'),
            host: z.string().min(1).optional().describe('SMTP server.'),
            port: z.int().min(1).max(65_535).optional().describe('SMTP port.'),
            username: z.string().min(1).optional().describe('SMTP user.'),
            password: secretSchema.optional().describe('SMTP password.'),
          })
          .optional()
          .describe('Mail.'),
        slack: z
          .strictObject({
            webhook: secretSchema.describe('The webhook.'),
            channel: z.string().min(1).optional().describe('For example "#backups".'),
          })
          .optional()
          .describe('Slack.'),
        discord: z
          .strictObject({ webhook: secretSchema.describe('The webhook.') })
          .optional()
          .describe('Discord.'),
      })
      .default({ channels: [] })
      .describe('How people are told.'),
  })
  .describe('HavunCore Backup: havun.yaml');

export type ParsedConfig = z.output<typeof configSchema>;
