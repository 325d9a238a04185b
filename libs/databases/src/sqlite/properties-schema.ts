import { z } from 'zod';

const signed32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const id = z.int().nonnegative();

export const sqlitePropertiesSchema = z.object({
  /** In bytes. */
  page_size: z.int().min(512).max(65_536),
  encoding: z.enum(['UTF-8', 'UTF-16le', 'UTF-16be']),
  journal_mode: z.string().min(1),
  user_version: signed32,
  application_id: signed32,
  /** 0: none, 1: full, 2: incremental. */
  auto_vacuum: z.int().min(0).max(2),
  /** Of the file: its mode as four octal digits, and its owner. Ids without a name have only the id. */
  mode: z.string().regex(/^[0-7]{4}$/),
  uid: id,
  gid: id,
  user: z.string().min(1).optional(),
  group: z.string().min(1).optional(),
});
export type SqliteProperties = z.output<typeof sqlitePropertiesSchema>;
