import { z } from 'zod';

export const sqliteServerSchema = () =>
  z
    .strictObject({
      type: z.literal('sqlite'),
      folder: z.string().min(1).optional().describe("Folder of the database files. Default: the project's root."),
    })
    .describe('SQLite database files.');

export type SqliteServerConfig = z.infer<ReturnType<typeof sqliteServerSchema>>;
