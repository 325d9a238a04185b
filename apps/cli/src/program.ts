import { Command, InvalidArgumentError, Option } from 'commander';
import { environment, findConfigFile, loadConfig, type HavunConfig } from '@havun/config';
import { backupAsk, type AskOptions } from './commands/backup-ask.js';
import { backupList } from './commands/backup-list.js';
import { backupRun, type BackupRunOptions } from './commands/backup-run.js';
import { backupShow } from './commands/backup-show.js';
import { catalogueRebuild, type CatalogueRebuildOptions } from './commands/catalogue-rebuild.js';
import type { CommandContext, Outcome } from './commands/command.js';
import { configCheck } from './commands/config-check.js';
import { doctor } from './commands/doctor.js';
import { projectionRebuild } from './commands/projection-rebuild.js';
import { storageReconcile, type StorageReconcileOptions } from './commands/storage-reconcile.js';
import { reload } from './commands/reload.js';
import { up } from './commands/up.js';
import { exitCodes, type ExitCode } from './exit-code.js';
import { addRestoreCommands, type GlobalOptions } from './restore-program.js';
import { addRetentionCommands } from './retention-program.js';
import { processTerminal } from './terminal.js';

const groups = ['backup', 'catalogue', 'config', 'deletion', 'hold', 'projection', 'restore', 'retention', 'storage'];

/** Both `havun backup:run` and `havun backup run`. */
export function joinGroups(args: readonly string[]): string[] {
  const [group, command, ...rest] = args;
  const isGroup = group !== undefined && groups.includes(group) && command !== undefined && !command.startsWith('-');
  return isGroup ? [`${group}:${command}`, ...rest] : [...args];
}

const count = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
  return Number(text);
};

const wholeNumber = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

/** The whole command line. `finish` is given the exit code of the command that ran. */
export function buildProgram(finish: (exitCode: ExitCode) => void): Command {
  const program = new Command('havun')
    .description('Backups of several web projects: encrypted, uploaded, verified, and provable.')
    .configureHelp({ sortSubcommands: true, showGlobalOptions: true })
    .addHelpText('after', exitCodeHelp)
    .exitOverride();

  const pathOf = ({ config }: GlobalOptions): string =>
    findConfigFile({ env: environment(), cwd: process.cwd(), ...(config !== undefined && { flag: config }) });
  const withConfig =
    <Options>(run: (context: CommandContext, options: Options) => Outcome) =>
    async (options: Options & GlobalOptions): Promise<void> => {
      const config = await loadConfig({ path: pathOf(options), env: environment() });
      finish(await run({ config, terminal: processTerminal(options.json ?? false) }, options));
    };
  const command = (name: string, description: string, examples: readonly string[]): Command =>
    program
      .command(name)
      .description(description)
      .addOption(new Option('--config <file>', 'havun.yaml; else $HAVUN_CONFIG, ./havun.yaml, /etc/havun/havun.yaml'))
      .addOption(new Option('--json', 'answer with one JSON document'))
      .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ havun ${example}`).join('\n')}`);

  command('backup:run', 'Back up one project, or every enabled one', [
    'backup:run --project=havunadmin --wait',
    'backup:run --dry-run',
    'backup:run --project=havunadmin --force --json',
  ])
    .option('--project <name>', 'only this project')
    .option('--dry-run', 'look at everything that the backup needs, and write nothing')
    .option('--force', 'run even while another backup of the project is running')
    .option('--wait', 'follow it to its end, and say by the exit code how it went')
    .action(withConfig<BackupRunOptions & GlobalOptions>(backupRun));

  command('backup:list', 'List backups, the newest first', ['backup:list', 'backup:list --project=havunadmin --json'])
    .option('--project <name>', 'only this project')
    .option('--limit <count>', 'how many at the most', count, 50)
    .action(withConfig<GlobalOptions & { project?: string; limit: number }>(backupList));

  command('backup:show', 'Show the whole event history of one backup or restore', [
    'backup:show 2025-11-21-03-00-00-havunadmin',
    'backup:show 2025-11-21-03-00-00-havunadmin --follow',
    'backup:show restore-2025-11-22-03-10-00-havunadmin',
  ])
    .argument('<name>', 'the name of the backup or restore')
    .option('--follow', 'go on until it has ended')
    .action((name: string, options: GlobalOptions & { follow?: boolean }) =>
      withConfig<typeof options>((context, { follow }) =>
        backupShow(context, { name, ...(follow !== undefined && { follow }) }),
      )(options),
    );

  const ask = (what: AskOptions['what'], description: string): void => {
    type Options = GlobalOptions & { reason?: string };
    command(`backup:${what}`, description, [
      `backup:${what} 2025-11-21-03-00-00-havunadmin`,
      `backup:${what} 2025-11-21-03-00-00-havunadmin --reason="${what === 'retry' ? 'the server is back' : 'it is in the way'}" --json`,
    ])
      .argument('<name>', 'the name of the backup')
      .option('--reason <text>', 'why, for the record')
      .action((name: string, options: Options) =>
        withConfig<Options>((context, { reason }) =>
          backupAsk(context, { what, name, ...(reason !== undefined && { reason }) }),
        )(options),
      );
  };
  ask(
    'retry',
    'Upload and verify what is missing of a backup that is partial, or has failed after its archive was made',
  );
  ask('cancel', 'End a backup that is running; a whole archive is kept');

  addRestoreCommands({ command, withConfig, count });
  addRetentionCommands({ command, withConfig, count });

  command('catalogue:rebuild', 'Bring the log up to the backups that lie in the storages', [
    'catalogue:rebuild --dry-run',
    'catalogue:rebuild --project=havunadmin --verify',
  ])
    .option('--project <name>', 'only this project')
    .option('--verify', 'read every copy back, and record only those that are right')
    .option('--dry-run', 'show what would be recorded, and record nothing')
    .action(withConfig<CatalogueRebuildOptions>(catalogueRebuild));

  command('config:check', 'Say everything that is wrong with havun.yaml', [
    'config:check --config=/etc/havun/havun.yaml',
  ]).action(async (options: GlobalOptions) => {
    finish(await configCheck(processTerminal(options.json ?? false), pathOf(options)));
  });

  command('doctor', 'Look at everything that backups depend on', ['doctor', 'doctor --json']).action(
    withConfig(doctor),
  );

  command('projection:rebuild', 'Rebuild the tables from the event log', ['projection:rebuild']).action(
    withConfig(projectionRebuild),
  );

  command('reload', 'Have the stack that is up read its configuration again', [
    'reload --config=/etc/havun/havun.yaml',
  ]).action(withConfig(reload));

  command('storage:reconcile', 'Compare each storage with the log: what is missing, damaged, or unknown', [
    'storage:reconcile --dry-run',
    'storage:reconcile --storage=hetzner --hash-bytes=5000000000',
    'storage:reconcile --repair',
  ])
    .option('--storage <name>', 'only this storage')
    .option('--repair', 'make bad copies again from good ones; what lay there is put aside, never deleted')
    .option('--hash-all', 'read every copy back, however long that takes')
    .option('--hash-bytes <count>', 'read back at most so many bytes; else what the configuration says', wholeNumber)
    .option('--dry-run', 'list and compare, read nothing back, and record nothing')
    .action(withConfig<StorageReconcileOptions>(storageReconcile));

  command('up', 'Run the whole stack in the foreground', ['up --config=/etc/havun/havun.yaml']).action(
    async (options: GlobalOptions) => {
      const path = pathOf(options);
      const load = (): Promise<HavunConfig> => loadConfig({ path, env: environment() });
      finish(await up({ config: await load(), terminal: processTerminal(options.json ?? false) }, load));
    },
  );

  return program;
}

const exitCodeHelp = `
Exit codes:
  ${exitCodes.done}  done
  ${exitCodes.failed}  what was asked for did not succeed
  ${exitCodes.usage}  the command line makes no sense
  ${exitCodes.configuration}  havun.yaml is missing or wrong
  ${exitCodes.refused}  refused: a backup of the project is running, a restore was not confirmed, or a hold can't be released
  ${exitCodes.unavailable}  NATS, the tables or the stack can't be reached, or data_dir can't be written
  ${exitCodes.interrupted}  Ctrl-C: the watching ended, the backup or restore goes on

Every command takes --json. "havun backup:run" and "havun backup run" are the same.`;
