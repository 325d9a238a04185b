import { InvalidArgumentError } from 'commander';
import { backupCleanup, type BackupCleanupOptions } from './commands/backup-cleanup.js';
import { backupWhy } from './commands/backup-why.js';
import { deletionCancel, deletionList, type DeletionCancelOptions } from './commands/deletion.js';
import { holdList, holdPlace, holdRelease, type HoldPlaceOptions, type HoldReleaseOptions } from './commands/hold.js';
import { retentionAccept, type RetentionAcceptOptions } from './commands/retention-accept.js';
import { retentionSimulate, type RetentionSimulateOptions } from './commands/retention-simulate.js';
import type { CommandMaker, GlobalOptions } from './restore-program.js';

/** The part of the command line that says what is kept, and for how long. */
export function addRetentionCommands(maker: CommandMaker): void {
  addCleanup(maker);
  addPolicy(maker);
  addHolds(maker);
  addDeletions(maker);
}

function addCleanup({ command, withConfig }: CommandMaker): void {
  command('backup:cleanup', 'Move and delete what the retention policy says, and keep the rest', [
    'backup:cleanup --project=havunadmin --dry-run',
    'backup:cleanup --all',
    'backup:cleanup --all --dry-run --json',
  ])
    .option('--project <name>', 'only this project')
    .option('--all', 'every enabled project')
    .option('--dry-run', 'say what would be done, and why; write nothing')
    .action(withConfig<BackupCleanupOptions>(backupCleanup));

  command('backup:why', 'Say why a backup is kept, until when, and what would change it', [
    'backup:why 2025-11-21-03-00-00-havunadmin',
    'backup:why 2025-11-21-03-00-00-havunadmin --json',
  ])
    .argument('<backup>', 'the name of the backup')
    .action((name: string, options: GlobalOptions) =>
      withConfig<GlobalOptions>((context) => backupWhy(context, name))(options),
    );
}

function addPolicy({ command, withConfig }: CommandMaker): void {
  type Accept = RetentionAcceptOptions & GlobalOptions;
  command('retention:accept', 'Accept a retention policy that would delete more, or a large batch of deletions', [
    'retention:accept havuncore --reason="three years are enough" --dry-run',
    'retention:accept --project=havuncore --reason="three years are enough"',
  ])
    .argument('[project]', 'the name of the project')
    .option('--project <name>', 'the same')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--dry-run', 'show what would be deleted that is kept now, and accept nothing')
    .action((named: string | undefined, options: Accept) =>
      withConfig<Accept>((context, given) =>
        retentionAccept(context, { ...given, ...(named !== undefined && { named }) }),
      )(options),
    );

  command('retention:simulate', 'Show what a retention policy keeps over the years, and what that costs', [
    'retention:simulate --all',
    'retention:simulate --project=havuncore --policy=proposed.yaml --until=2033-01-01',
    'retention:simulate --all --price=3.81 --json',
  ])
    .option('--project <name>', 'only this project')
    .option('--all', 'every enabled project; so it is without --project, too')
    .option('--policy <file>', 'a YAML file with another retention and compliance, as a project has them')
    .option('--until <YYYY-MM-DD>', 'how far; seven years without it')
    .option('--price <number>', 'the price of a terabyte and month offsite', price)
    .action(withConfig<RetentionSimulateOptions>(retentionSimulate));
}

const price = (text: string): number => {
  if (!/^\d{1,7}(\.\d{1,4})?$/.test(text)) throw new InvalidArgumentError('It must be a number, such as 3.81.');
  return Number(text);
};

function addHolds({ command, withConfig }: CommandMaker): void {
  type Place = Omit<HoldPlaceOptions, 'name'>;
  command('hold:place', 'Keep a backup, or all of a project, from being deleted', [
    'hold:place 2025-11-21-03-00-00-havunadmin --reason="audit of 2025"',
    'hold:place havunadmin --reason="lawsuit" --until=2027-12-31 --review=2027-06-30',
  ])
    .argument('<backup or project>', 'the name of the backup or project')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--until <YYYY-MM-DD>', 'the last day on which it holds; without it, until it is released')
    .option('--review <YYYY-MM-DD>', 'when somebody is to look at it again; it goes on holding')
    .action((name: string, options: Place & GlobalOptions) =>
      withConfig<Place>((context, given) => holdPlace(context, { ...given, name }))(options),
    );

  type Release = Omit<HoldReleaseOptions, 'name'>;
  command('hold:release', 'Release a hold', [
    'hold:release 2025-11-21-03-00-00-havunadmin --reason="the audit is over"',
    'hold:release havunadmin --reason="settled" --hold=7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11',
  ])
    .argument('<backup or project>', 'the name of the backup or project')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--hold <id>', 'which, where there are several')
    .action((name: string, options: Release & GlobalOptions) =>
      withConfig<Release>((context, given) => holdRelease(context, { ...given, name }))(options),
    );

  command('hold:list', 'List what is on hold', ['hold:list', 'hold:list --json']).action(withConfig(holdList));
}

function addDeletions({ command, withConfig }: CommandMaker): void {
  command('deletion:list', 'List the archives that are to be deleted, and can still be kept', [
    'deletion:list',
    'deletion:list --json',
  ]).action(withConfig(deletionList));

  type Cancel = Omit<DeletionCancelOptions, 'name'>;
  command('deletion:cancel', 'Keep an archive whose deletion is proposed', [
    'deletion:cancel 2018-11-21-03-00-00-havuncore --reason="still needed"',
  ])
    .argument('<backup>', 'the name of the backup')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((name: string, options: Cancel & GlobalOptions) =>
      withConfig<Cancel>((context, given) => deletionCancel(context, { ...given, name }))(options),
    );
}
