// Value types that several sections of the schema share.
import { z } from 'zod';
import { secretSchema } from '@havun/storage';

export const text = z.string().min(1);
export const port = z.int().min(1).max(65_535);

export const cron = (description: string) =>
  text.meta({
    description: `${description} Five fields: minute, hour, day of month, month, day of week.`,
    examples: ['0 3 * * *', '0 5 * * 0'],
  });

export const secret = (description: string) =>
  secretSchema.meta({
    description: `${description} Better a variable than the value itself.`,
    examples: ['${SOME_VARIABLE}'],
  });
