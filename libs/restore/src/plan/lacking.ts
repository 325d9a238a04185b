import { z } from 'zod';
import type { ArchiveReader } from '@havun/archive';
import type { PlanWarning } from './restore-plan.js';

/** Absent in backups of older releases, which failed where something was missing. */
const missingSchema = z
  .array(z.object({ message: z.string() }))
  .catch([])
  .default([]);
const mostNamed = 10;

/** What the backup was made without: a restore can't bring it. */
export async function lackingWarnings(archive: ArchiveReader): Promise<PlanWarning[]> {
  const missing = missingSchema.parse((await archive.manifest()).manifest.details['missing']);
  const warnings = missing.slice(0, mostNamed).map(({ message }) => lacking(message));
  if (missing.length <= mostNamed) return warnings;
  return [...warnings, lacking(`${missing.length - mostNamed} more things; see them with havun backup:show`)];
}

const lacking = (what: string): PlanWarning => ({ code: 'BACKUP_LACKS', message: `the backup lacks: ${what}` });
