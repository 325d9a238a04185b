import type { HavunConfig } from '@havun/config';
import { restoreName, type ChosenBackup, type RestoreSelection, type RestoreTarget } from '@havun/domain';
import {
  encryptionPassword,
  openCopy,
  planRestore,
  problemOf,
  tokenOf,
  type Need,
  type OpenedCopy,
  type PlannedItem,
  type PlanWarning,
  type Problem,
  type RejectedCopy,
} from '@havun/restore';
import { localStorageName, type Storages } from '@havun/storage';
import { lookAtSafetyBackup } from './safety-backup-outlook.js';

/** What can be known about a restore before it is requested. */
export interface Outlook {
  readonly items: readonly PlannedItem[];
  /** Everything that would make the restore fail. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly PlanWarning[];
  /** The storage of the copy that was opened; absent where none could be opened. */
  readonly copy?: string;
  /** The copies that can't be used, and why. */
  readonly rejected: readonly RejectedCopy[];
}

export interface LookOptions {
  readonly config: HavunConfig;
  readonly storages: Storages;
  readonly project: string;
  readonly target: RestoreTarget;
  readonly selection: RestoreSelection;
  /** Whether a safety backup comes first. */
  readonly safetyBackup: boolean;
  readonly backup: ChosenBackup;
  readonly now: Date;
  /** The name of the restore if it has one, otherwise the one that it would get now. */
  readonly name?: string;
  /** Whether to count the rows of the live database, which reads all of it. */
  readonly countRows: boolean;
  /** The folder for short-lived credentials. */
  readonly scratch?: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens the backup in its storage and plans its restore, as the restorer will; writes nothing. Only the machine of the project
 * can do this. @throws only when aborted
 */
export async function lookAhead(options: LookOptions): Promise<Outlook> {
  const { config, project, backup, signal } = options;
  const { host = config.host } = config.projects[project] ?? {};
  if (host !== config.host) return failing([elsewhere(host, project)]);
  try {
    encryptionPassword(config, project, backup);
  } catch (error) {
    return failing([problemOf(error)]);
  }
  const { opened, rejected } = await openCopy(options);
  if (!opened) return failing([noCopy(backup.name, rejected)], rejected);
  try {
    return { copy: opened.storage, rejected, ...(await plan(options, opened)) };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...failing([problemOf(error)], rejected), copy: opened.storage };
  } finally {
    await opened.archive.close();
  }
}

async function plan(
  options: LookOptions,
  opened: NonNullable<OpenedCopy['opened']>,
): Promise<Pick<Outlook, 'items' | 'problems' | 'warnings'>> {
  const { config, project, backup, now, name = restoreName(project, now, config.timezone) } = options;
  const folder = config.storage.local.path;
  const download: Need[] =
    opened.storage === localStorageName ? [] : [{ folder, bytes: backup.archive.size, what: 'the archive' }];
  const { items, problems, warnings, work } = await planRestore({
    ...options,
    opened,
    token: tokenOf(name),
    alsoNeeds: download,
  });
  if (!options.safetyBackup || !work) return { items, problems, warnings };
  const safety = await lookAtSafetyBackup(config, project, backup.archive, options.signal);
  return { items, problems: [...problems, ...safety.problems], warnings: [...warnings, ...safety.warnings] };
}

/**
 * Why a restore is not requested. A storage that does not answer now is no reason: the restore tries each copy several times, and
 * records the result.
 */
export const reasonsAgainst = ({ problems }: Outlook): readonly Problem[] =>
  problems.filter(({ code, retryable }) => !(code === noCopyReadable && retryable));

const failing = (problems: readonly Problem[], rejected: readonly RejectedCopy[] = []): Outlook => ({
  items: [],
  warnings: [],
  rejected,
  problems,
});

const elsewhere = (host: string, project: string): Problem => ({
  code: 'ELSEWHERE',
  message: `${project} lies on the host "${host}": what would be replaced can only be seen there`,
  remedy: `Run this command on "${host}".`,
  retryable: false,
});

const noCopyReadable = 'NO_COPY_READABLE';

const noCopy = (name: string, rejected: readonly RejectedCopy[]): Problem => ({
  code: noCopyReadable,
  message: `No copy of ${name} can be opened from this machine${rejected.length > 0 ? `: ${rejected.map(({ storage, message }) => `${storage}: ${message}`).join('; ')}` : ''}`,
  remedy:
    [...new Set(rejected.map(({ remedy }) => remedy))].join(' ') || 'Run this command on the machine of the project.',
  retryable: rejected.some(({ retryable }) => retryable),
});
