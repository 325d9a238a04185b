import { isAbsolute, resolve } from 'node:path';
import { nearest, type HavunConfig, type ProjectConfig } from '@havun/config';
import { isRestoreName, projectInName, type Failure, type RestoreTarget } from '@havun/domain';
import type { BackupCriterion } from '@havun/use-cases';
import { parseOnly, type RestoreSelection } from '@havun/sources';

/** The options of `backup:restore`, as typed. */
export interface RestoreOptions {
  readonly project?: string;
  readonly latest?: boolean;
  readonly backup?: string;
  readonly date?: string;
  readonly only?: readonly string[];
  readonly withEnv?: boolean;
  readonly to?: string;
  readonly test?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly skipSafetyBackup?: boolean;
}

/** The request, once its options are valid. */
export interface RestoreWish {
  readonly project: string;
  readonly criterion: BackupCriterion;
  readonly selection: RestoreSelection;
  readonly target: RestoreTarget;
  readonly safetyBackup: boolean;
  readonly yes: boolean;
  readonly reason?: string;
}

/** Either all problems of the options, or the request. */
export function readRestoreOptions(
  options: RestoreOptions,
  { config, cwd }: { config: HavunConfig; cwd: string },
): { wish: RestoreWish } | { problems: readonly Failure[] } {
  const problems: Failure[] = [];
  const noted = <Value>(read: Value | Failure): Value | undefined => {
    if (!isFailure(read)) return read;
    problems.push(read);
    return undefined;
  };
  const project = noted(readProject(options, config));
  const criterion = noted(readCriterion(options));
  const only = parseOnly(options.only ?? [], { withEnv: options.withEnv ?? false });
  const selection = noted<RestoreSelection>('problem' in only ? only.problem : only.selection);
  const settings = project === undefined ? undefined : config.projects[project];
  const target = noted(readTarget(options, { settings, here: config.host, cwd }));
  if (project !== undefined && target?.kind === 'test') noted(checkTest(project, settings, selection));
  const reason = options.reason?.trim();
  if (!project || !criterion || !selection || !target || problems.length > 0) return { problems };
  return {
    wish: {
      project,
      criterion,
      selection,
      target,
      safetyBackup: target.kind === 'production' && !options.skipSafetyBackup,
      yes: options.yes ?? false,
      ...(reason !== undefined && reason !== '' && { reason }),
    },
  };
}

const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'code' in value && 'remedy' in value;

const usage = (code: string, message: string, remedy: string): Failure => ({ code, message, remedy });

function readProject({ project, backup }: RestoreOptions, config: HavunConfig): string | Failure {
  const known = Object.keys(config.projects);
  const list = `Projects: ${known.join(', ') || 'none'}.`;
  if (project === undefined) return usage('PROJECT_MISSING', 'No project was given', `Add --project. ${list}`);
  if (!Object.hasOwn(config.projects, project)) {
    const hint = nearest(project, known);
    const remedy = hint === undefined ? list : `Did you mean "${hint}"?`;
    return usage('UNKNOWN_PROJECT', `There is no project "${project}" in the configuration`, remedy);
  }
  const owner = backup === undefined ? undefined : projectInName(backup);
  if (owner === undefined || owner === project) return project;
  return usage(
    'OTHER_PROJECT',
    `${backup ?? ''} is of ${owner}, and not of ${project}`,
    `Restore it with --project=${owner}, or choose one of: havun backup:list --project=${project}`,
  );
}

const timeAlone = /^(\d{4}-\d{2}-\d{2})[T -](\d{2})[:-](\d{2})[:-](\d{2})$/;

function readCriterion({ latest, backup, date }: RestoreOptions): BackupCriterion | Failure {
  const given = [latest ?? false, backup !== undefined, date !== undefined].filter(Boolean).length;
  const ways = '--latest, --backup=<name> or --date=<YYYY-MM-DD>';
  if (given === 0) return usage(noBackupChosen, 'No backup was given', `Add one of ${ways}.`);
  if (given > 1) return usage('TWO_BACKUPS', 'More than one backup is asked for', `Give only one of ${ways}.`);
  if (latest) return { kind: 'latest' };
  return backup === undefined ? readDate(date ?? '') : readName(backup);
}

/** The problem of a command line that names no backup: the command can then list those that exist. */
export const noBackupChosen = 'NO_BACKUP_CHOSEN';

function readName(text: string): BackupCriterion | Failure {
  if (isRestoreName(text)) {
    const remedy = `To take that restore back: havun restore:undo ${text}. To restore a backup, give its name.`;
    return usage('NOT_A_BACKUP', `${text} is the name of a restore, and not of a backup`, remedy);
  }
  const time = timeAlone.exec(text)?.slice(1).join('-');
  if (time !== undefined || projectInName(text) !== undefined) return { kind: 'name', name: time ?? text };
  return usage(
    'NOT_A_BACKUP',
    `"${text}" is not the name of a backup`,
    'A name is a date and time, 2025-11-21-03-00-00, with or without the project after it. See: havun backup:list',
  );
}

function readDate(date: string): BackupCriterion | Failure {
  const [year = 0, month = 0, day = 0] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? []).slice(1).map(Number);
  const at = new Date(Date.UTC(year, month - 1, day));
  if (year > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day) return { kind: 'date', date };
  return usage('NOT_A_DATE', `"${date}" is not a date`, 'Write it as year, month and day: --date=2025-11-21');
}

function readTarget(
  { to, test = false }: RestoreOptions,
  { settings, here, cwd }: { settings: ProjectConfig | undefined; here: string; cwd: string },
): RestoreTarget | Failure {
  if (to === undefined) return { kind: test ? 'test' : 'production' };
  if (test) return usage('TWO_TARGETS', '--to and --test are both given', 'Give only one of them.');
  if (to === '') return usage('NO_FOLDER', '--to is empty', 'Name one that does not exist yet: --to=/tmp/look');
  if (settings && settings.host !== here && !isAbsolute(to)) {
    const remedy = 'Give an absolute path: --to=/srv/look';
    return usage('NOT_ABSOLUTE', `--to=${to} would be a folder of the host "${settings.host}"`, remedy);
  }
  return { kind: 'folder', path: resolve(cwd, to) };
}

function checkTest(
  name: string,
  project: ProjectConfig | undefined,
  selection: RestoreSelection | undefined,
): Failure | undefined {
  const example = `projects.${name}.test: {root: /var/www/${name}/test, database: ${name}_test}`;
  if (!project?.test) {
    const message = `The configuration has no test environment for ${name}`;
    return usage('NO_TEST_ENVIRONMENT', message, `Write one, such as ${example}. Or restore to a folder with --to.`);
  }
  const wantsDatabase = selection?.database === true && project.paths.database !== undefined;
  if (!wantsDatabase || project.test.database !== undefined) return undefined;
  return usage(
    'NO_TEST_DATABASE',
    `The test environment of ${name} has no database`,
    `Name one, such as ${example}. Or restore the files alone with --only=files.`,
  );
}
