import { z } from 'zod';
import { databaseServerSchema } from '@havun/databases';
import { secretSchema, storageConfigSchema } from '@havun/storage';
import { natsSchema } from './nats.js';
import { notificationsSchema } from './notifications.js';
import { projectNameSchema, projectSchema } from './project.js';
import { readModelSchema } from './read-model.js';
import { cron, text } from './scalars.js';

const seconds = z.number().positive();
const plainName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be made of a-z, 0-9, "-" and "_", and begin with a letter or digit');

const eventStoreSchema = z
  .strictObject({
    type: z.enum(['jetstream']).default('jetstream').describe('Where events are kept: in the NATS server.'),
    replicas: z.int().min(1).max(5).default(1).describe('Copies in a NATS cluster; 1 for a single server.'),
  })
  .describe('The event store.');

const storageSchema = z
  .strictObject({
    local: z
      .strictObject({ path: text.describe('The folder. Every backup is written here first.') })
      .describe('Hot storage on this machine.'),
    offsite: z
      .record(plainName, storageConfigSchema)
      .default({})
      .describe('Storages elsewhere, by name. Every backup gets a copy in each of them.'),
  })
  .describe('Where backups are kept.');

const schedulerSchema = z
  .strictObject({
    catch_up_hours: z
      .number()
      .nonnegative()
      .default(6)
      .describe('A slot that was missed, because the machine was off, is made up for within this time.'),
  })
  .describe('Scheduled backups.');

const runsSchema = z
  .strictObject({
    max_attempts: z.int().positive().default(3).describe('How often a backup is begun anew when its runner dies.'),
  })
  .describe('Runs.');

const drillSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether every enabled project is drilled by itself, once a quarter.'),
    schedule: cron(
      'When. Once a quarter is enough: a quarter has one drill by schedule, and one that was missed is made up for.',
    ).default('0 12 2 1,4,7,10 *'),
    server: text
      .optional()
      .describe(
        'Which of `databases` dumps are tried on: never one that a project lives on. Without it, a server is started for the drill from the installed programs, and removed afterwards.',
      ),
  })
  .describe('The quarterly drill: the newest backup is restored for real, beside production.');

const retentionSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether backups are moved and deleted by themselves.'),
    schedule: cron('When every enabled project is cleaned up.').default('0 7 * * *'),
    cooling_off_days: z
      .int()
      .nonnegative()
      .default(14)
      .describe('Days from the proposal to delete an archive until it is deleted. Meanwhile it can be cancelled.'),
    safety_backup_days: z
      .int()
      .positive()
      .default(30)
      .describe('Days that the safety backup of a restore is kept, once that is confirmed or undone.'),
    batch: z
      .strictObject({
        max_share_percent: z.number().positive().max(100).default(20).describe('Of the backups of a project.'),
        min: z.int().positive().default(5).describe('So many are never too many.'),
      })
      .prefault({})
      .describe('A clean-up that would delete more than this stops, and asks.'),
    reconcile_schedule: cron('When the storages are compared with the log, and some copies read back again.').default(
      '30 8 * * *',
    ),
    verify_again_days: z.int().positive().default(30).describe('Within so many days every copy is read back again.'),
    verify_bytes_per_night: z
      .int()
      .nonnegative()
      .default(50_000_000_000)
      .describe('At most so many bytes are read back in one comparison, which is one a night by default; 0 for none.'),
    price_per_tb_month: z
      .number()
      .nonnegative()
      .optional()
      .describe('What a terabyte costs in a month, for simulations.'),
  })
  .describe('How backups are moved to the archive, compared with the log, and deleted.');

const holdsSchema = z
  .strictObject({
    release_by_second_person: z
      .boolean()
      .default(false)
      .describe('Whether whoever has placed a hold needs somebody else to release it.'),
  })
  .describe('Holds, which keep backups from being deleted.');

const uploadsSchema = z
  .strictObject({
    attempts: z.int().positive().default(5).describe('How often an upload, or reading back, is tried.'),
    first_delay_seconds: seconds.default(5).describe('The first wait; each further one is twice as long.'),
    max_delay_seconds: seconds.default(300).describe('The longest wait.'),
    wait_hours: z
      .number()
      .nonnegative()
      .default(12)
      .describe(
        'How long a copy waits for a storage that can not be reached, before it counts as failed. Other backups go on meanwhile.',
      ),
  })
  .describe('Uploads to offsite storages, and reading back.');

const archiveSchema = z
  .strictObject({
    level: z
      .int()
      .min(1)
      .max(9)
      .optional()
      .describe('Compression: 1 is quick, 9 is small. Default: what suits most data.'),
    parallelism: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Threads that compress and encrypt. Default: the number of cores.'),
    nice: z
      .boolean()
      .default(false)
      .describe('Whether these threads give way to every other process, so that a website keeps its CPU.'),
  })
  .describe('How archives are written.');

const logSchema = z
  .strictObject({
    level: z
      .enum(['error', 'warn', 'info', 'debug'])
      .default('info')
      .describe('The least that services write to their log: info has a line for the start and the end of every run.'),
  })
  .describe('The log of the services: at a terminal for people, else one JSON object per line.');

const monitoringSchema = z
  .strictObject({
    health_check_schedule: cron('When health is checked.').default('0 * * * *'),
    max_backup_age_hours: z.number().positive().default(25).describe('A newer backup than this must exist.'),
    min_backup_size_bytes: z.int().nonnegative().default(1024).describe('A smaller backup is suspect.'),
  })
  .describe('Health checks.');

/** The shape of `havun.yaml` (D15), after variables were replaced. Keys are as in the file. */
export const configSchema = z
  .strictObject({
    host: text.default('local').describe('The name of this machine. A project names the machine that has it.'),
    data_dir: text
      .default('/var/lib/havun')
      .describe('Folder for the event store, the read model and the run files of the embedded stack.'),
    timezone: text.default('Europe/Amsterdam').meta({
      description: 'Time zone of schedules and backup names, as the IANA calls it.',
      examples: ['Europe/Amsterdam', 'UTC'],
    }),
    nats: natsSchema.prefault({}),
    event_store: eventStoreSchema.prefault({}),
    read_model: readModelSchema,
    databases: z
      .record(plainName, databaseServerSchema(secretSchema))
      .default({})
      .describe('The servers that projects keep their databases on, by name.'),
    storage: storageSchema,
    projects: z.record(projectNameSchema, projectSchema).describe('What is backed up, by name.'),
    scheduler: schedulerSchema.prefault({}),
    runs: runsSchema.prefault({}),
    drill: drillSchema.prefault({}),
    retention: retentionSchema.prefault({}),
    holds: holdsSchema.prefault({}),
    uploads: uploadsSchema.prefault({}),
    archive: archiveSchema.prefault({}),
    log: logSchema.prefault({}),
    monitoring: monitoringSchema.prefault({}),
    notifications: notificationsSchema.prefault({}),
  })
  .describe('The configuration of HavunCore Backup: havun.yaml.');

export type ParsedConfig = z.output<typeof configSchema>;
