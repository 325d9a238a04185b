import { z } from 'zod';

export const postgresqlPropertiesSchema = z.object({
  owner: z.string().min(1),
  encoding: z.string().min(1),
  /** libc, icu or builtin. */
  locale_provider: z.string().min(1),
  collate: z.string(),
  ctype: z.string(),
  /** The locale of a provider other than libc. */
  locale: z.string().optional(),
  icu_rules: z.string().optional(),
  /** Where its files lie. Not restored. */
  tablespace: z.string().min(1),
  /** -1: no limit. */
  connection_limit: z.int(),
  comment: z.string().optional(),
  /** Null: the default privileges. Without `grantee`: everybody. */
  acl: z
    .array(
      z.object({
        privilege: z.enum(['CREATE', 'TEMPORARY', 'CONNECT']),
        grantee: z.string().min(1).optional(),
        grantable: z.boolean(),
      }),
    )
    .nullable(),
  /** Of ALTER DATABASE ... SET; with `role`, of ALTER ROLE ... IN DATABASE ... SET. */
  settings: z.array(z.object({ role: z.string().min(1).optional(), name: z.string().min(1), value: z.string() })),
  /** Roles that own something in the database, and those that the dump names for another reason. */
  owners: z.array(z.string()),
  roles: z.array(z.string()),
});
export type PostgresqlProperties = z.output<typeof postgresqlPropertiesSchema>;
