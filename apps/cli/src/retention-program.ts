import { deletionCancel, deletionList, type DeletionCancelOptions } from './commands/deletion.js';
import { holdList, holdPlace, holdRelease, type HoldPlaceOptions, type HoldReleaseOptions } from './commands/hold.js';
import type { CommandMaker, GlobalOptions } from './restore-program.js';

/** The part of the command line that says what is kept, and for how long. */
export function addRetentionCommands(maker: CommandMaker): void {
  addHolds(maker);
  addDeletions(maker);
}

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
