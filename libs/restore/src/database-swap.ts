import { z } from 'zod';

/** What a restore does with one database: everything that its swap, undo and confirmation need. */
export const databaseSwapSchema = z.object({
  /** The name of a server under `databases` in the configuration. */
  server: z.string(),
  live: z.string(),
  incoming: z.string(),
  kept: z.string(),
});
export type DatabaseSwap = z.output<typeof databaseSwapSchema>;
