import { z } from 'zod';

export const mysqlPropertiesSchema = z.object({
  /** The default character set and collation of new tables, and of variables in routines. */
  character_set: z.string().min(1),
  collation: z.string().min(1),
  /** Only MariaDB from 10.5 on has comments on databases. */
  comment: z.string().optional(),
});
export type MysqlProperties = z.output<typeof mysqlPropertiesSchema>;
