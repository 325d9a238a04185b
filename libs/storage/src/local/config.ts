import { z } from 'zod';

export const localConfigSchema = z
  .strictObject({
    type: z.literal('local').describe('A folder on a disk of this machine, or one mounted here.'),
    path: z
      .string()
      .regex(/^\//, 'must be an absolute path')
      .describe('Absolute path of the folder that holds the backups of all projects.'),
  })
  .describe('Backups in a local folder.');

export type LocalConfig = z.output<typeof localConfigSchema>;
