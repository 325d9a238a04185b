import type { HavunConfig } from '@havun/config';
import type { Failure, PlannedBackup, ProjectRetention, RetentionPolicy } from '@havun/domain';
import { largeBatchIn } from '@havun/use-cases';
import { decideRetention, type AskingDeps } from './decide-retention.js';

interface Batch {
  readonly retention: ProjectRetention;
  readonly policy: RetentionPolicy;
  readonly plan: readonly PlannedBackup[];
}

/** Whether what is planned may be deleted without a question. A batch that is abnormally large is asked about. */
export async function allowedByBatch(
  deps: AskingDeps & { readonly config: HavunConfig },
  { retention, policy, plan }: Batch,
): Promise<boolean> {
  const batch = largeBatchIn(deps, plan, retention);
  if (!batch) return true;
  const { deletes, of } = batch;
  const { project } = deps;
  await decideRetention(deps, {
    type: 'QuestionRetention',
    project,
    policy,
    wouldDelete: deletes,
    of,
    ...tooMany(project, deletes, of),
  });
  return false;
}

const tooMany = (project: string, deletes: number, of: number): Failure => ({
  code: 'LARGE_BATCH',
  message: `This clean-up of ${project} would delete ${deletes} of ${of} backups at once`,
  remedy: `See them with «havun backup:cleanup --project=${project} --dry-run». If that is meant, say so with «havun retention:accept --project=${project} --reason=...». Until then all of them are kept.`,
});
