import type { Command } from 'commander';
import { backupRestore } from './commands/backup-restore.js';
import { backupTest, type BackupTestOptions } from './commands/backup-test.js';
import type { CommandContext, Outcome } from './commands/command.js';
import { restoreList, type RestoreListOptions } from './commands/restore-list.js';
import { restoreSettle, type SettleOptions } from './commands/restore-settle.js';
import type { RestoreOptions } from './restore/restore-options.js';

/** The options of every command. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What commands are made with; see `program.ts`. */
export interface CommandMaker {
  readonly command: (name: string, description: string, examples: readonly string[]) => Command;
  /** Loads the configuration, runs the command, and finishes with its exit code. */
  readonly withConfig: <Options>(
    run: (context: CommandContext, options: Options) => Outcome,
  ) => (options: Options & GlobalOptions) => Promise<void>;
  readonly count: (text: string) => number;
}

/** The part of the command line that restores, and proves that restoring works. */
export function addRestoreCommands(maker: CommandMaker): void {
  addRestore(maker);
  addTest(maker);
  addList(maker);
  addSettlement(maker, 'confirm', 'Remove what a restore has replaced: after that there is no undo');
  addSettlement(maker, 'undo', 'Put back what a restore has replaced');
}

function addRestore({ command, withConfig }: CommandMaker): void {
  command('backup:restore', 'Restore a backup to production, to the test environment, or to a folder', [
    'backup:restore --project=havunadmin --latest --dry-run',
    'backup:restore --project=havunadmin --latest --test',
    'backup:restore --project=havunadmin --backup=2025-11-21-03-00-00 --only=database',
    'backup:restore --project=havunadmin --date=2019-05-15 --to=/tmp/invoices --only="storage/app/invoices/**"',
    'backup:restore --project=havunadmin --latest --yes --reason="disk replaced"',
  ])
    .option('--project <name>', 'the project')
    .option('--latest', 'its newest backup')
    .option('--backup <name>', 'this backup, by its name or by its date and time alone')
    .option('--date <YYYY-MM-DD>', 'the newest backup at or before the end of this day')
    .option(
      '--only <what>',
      'only database, files or config (.env), or what a path or glob of the project matches; may be repeated',
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .option('--with-env', 'also .env, which is left alone otherwise')
    .option('--to <folder>', 'into this folder, and not to production')
    .option('--test', 'to the test environment of the configuration, and not to production')
    .option('--dry-run', 'show exactly what would be replaced, and write nothing')
    .option('--yes', 'do not ask for the name of the project; wants a --reason')
    .option('--reason <text>', 'why, for the record')
    .option('--skip-safety-backup', 'do not back up the present state of production first')
    .option('--wait', 'follow it to its end; this command always does')
    .action(withConfig<RestoreOptions>(backupRestore));
}

function addTest({ command, withConfig }: CommandMaker): void {
  command('backup:test', 'Prove that a backup can be restored, by restoring it beside production', [
    'backup:test --project=havunadmin',
    'backup:test --all --json',
  ])
    .option('--project <name>', 'the backup of this project')
    .option('--all', 'those of every enabled project, one after the other')
    .action(withConfig<BackupTestOptions>(backupTest));
}

function addList({ command, withConfig, count }: CommandMaker): void {
  command('restore:list', 'List restores, the newest first', [
    'restore:list',
    'restore:list --project=havunadmin --json',
  ])
    .option('--project <name>', 'only this project')
    .option('--limit <count>', 'how many at the most', count, 50)
    .action(withConfig<RestoreListOptions>(restoreList));
}

function addSettlement({ command, withConfig }: CommandMaker, what: SettleOptions['what'], description: string): void {
  type Options = Omit<SettleOptions, 'what' | 'name'>;
  const settlement = command(`restore:${what}`, description, [
    `restore:${what} --project=havunadmin`,
    `restore:${what} restore-2025-11-22-03-10-00-havunadmin --yes`,
  ])
    .argument('[name]', 'the restore; else the latest that keeps what it has replaced')
    .option('--project <name>', 'the project')
    .option('--yes', 'do not ask')
    .action((name: string | undefined, options: Options & GlobalOptions) =>
      withConfig<Options>((context, given) =>
        restoreSettle(context, { what, ...given, ...(name !== undefined && { name }) }),
      )(options),
    );
  if (what === 'undo') settlement.option('--reason <text>', 'why, for the record');
}
