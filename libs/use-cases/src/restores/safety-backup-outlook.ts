import { projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import type { ChosenBackup } from '@havun/domain';
import { freeBytes, type PlanWarning, type Problem } from '@havun/restore';
import { createSource } from '@havun/sources';

/** The size of an archive is estimated. With less space than this part of the estimate, it can't be made. */
const leastOfEstimate = 0.5;

/**
 * Why the backup of the present state, which comes before a restore to production, could not be made.
 * @param archive that of an earlier backup: its compression ratio tells the size of the next one
 */
export async function lookAtSafetyBackup(
  config: HavunConfig,
  project: string,
  archive: Pick<ChosenBackup['archive'], 'size' | 'sourceBytes'>,
  signal?: AbortSignal,
): Promise<{ problems: Problem[]; warnings: PlanWarning[] }> {
  const source = createSource(projectSourceConfig(config, project), { searchPath: searchPath() });
  const { problems, bytes } = await source.plan({ ...(signal && { signal }) });
  const [first] = problems;
  if (first) {
    const why = problems.map(({ message }) => message).join('; ');
    return { problems: [noSafetyBackup(project, why, first)], warnings: [] };
  }
  const share = archive.sourceBytes > 0 ? Math.min(1, archive.size / archive.sourceBytes) : 1;
  const estimate = Math.ceil(bytes * share);
  const folder = config.storage.local.path;
  const free = await freeBytes(folder);
  if (free >= estimate) return { problems: [], warnings: [] };
  const message = `its archive may need ${estimate} bytes, and the disk of ${folder} has ${free} bytes free`;
  if (free < estimate * leastOfEstimate) {
    const remedy = `Free space on the disk of ${folder}.`;
    return { problems: [noSafetyBackup(project, message, { remedy, retryable: true })], warnings: [] };
  }
  return { problems: [], warnings: [{ code: 'LITTLE_ROOM', message: `the safety backup may fail: ${message}` }] };
}

const noSafetyBackup = (
  project: string,
  why: string,
  { remedy, retryable }: Pick<Problem, 'remedy' | 'retryable'>,
): Problem => ({
  code: 'NO_SAFETY_BACKUP',
  message: `The present state of ${project} can't be backed up first: ${why}`,
  remedy: `${remedy} Or restore without that backup: --skip-safety-backup.`,
  retryable,
});
