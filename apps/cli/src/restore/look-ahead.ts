import { projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { failureOf, type Failure } from '@havun/domain';
import { createSource } from '@havun/sources';
import type { Storages } from '@havun/storage';
import type { Choice } from './choose-backup.js';
import { openBackup, type Attempts } from './open-backup.js';
import { planRestore, type PlanOptions, type RestorePlan } from './restore-plan.js';

/** What can be known of a restore before it is asked for. */
export interface Outlook extends RestorePlan {
  /** The storage whose copy was looked into; absent where none could be opened. */
  readonly copy?: string;
  /** Copies that can't be used, and why. */
  readonly rejected: Attempts['rejected'];
}

export interface LookOptions extends Omit<PlanOptions, 'opened'> {
  readonly storages: Storages;
  readonly choice: Choice;
}

/** Opens the backup where it lies and compares it with what is live. Only the machine that has the project can. */
export async function lookAhead(options: LookOptions): Promise<Outlook> {
  const { config, wish, storages, choice } = options;
  const { host = config.host } = config.projects[wish.project] ?? {};
  if (host !== config.host) return { items: [], warnings: [], rejected: [], problems: [elsewhere(host, wish.project)] };
  const { opened, rejected } = await openBackup({ config, storages }, wish.project, choice.backup);
  if (!opened) return { items: [], warnings: [], rejected, problems: [noCopy(choice.backup.name, rejected)] };
  try {
    const plan = await planRestore({ ...options, opened });
    const safety = wish.safetyBackup ? await safetyProblems(config, wish.project) : [];
    return { copy: opened.storage, rejected, ...plan, problems: [...plan.problems, ...safety] };
  } catch (error) {
    return { copy: opened.storage, rejected, items: [], warnings: [], problems: [failureOf(error)] };
  } finally {
    await opened.archive.close();
  }
}

/** Why the backup of the present state, which a production restore makes first, could not be made. */
async function safetyProblems(config: HavunConfig, project: string): Promise<Failure[]> {
  const { problems } = await createSource(projectSourceConfig(config, project), { searchPath: searchPath() }).plan();
  const [first] = problems;
  if (!first) return [];
  return [
    {
      code: 'NO_SAFETY_BACKUP',
      message: `The present state of ${project} can't be backed up first: ${problems.map(({ message }) => message).join('; ')}`,
      remedy: `${first.remedy} Or restore without that backup: --skip-safety-backup.`,
    },
  ];
}

const elsewhere = (host: string, project: string): Failure => ({
  code: 'ELSEWHERE',
  message: `${project} lies on the host "${host}": what would be replaced can only be seen there`,
  remedy: `Run this command on "${host}".`,
});

export const noCopyReadable = 'NO_COPY_READABLE';

const noCopy = (name: string, [first]: Attempts['rejected']): Failure => ({
  code: noCopyReadable,
  message: `No copy of ${name} can be opened from this machine`,
  remedy: first?.remedy ?? 'Run this command on the machine of the project.',
});
