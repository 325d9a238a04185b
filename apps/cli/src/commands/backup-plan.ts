import { printable } from '@havun/text';
import { planBackups as plan, type BackupPlan, type PlannedBackup } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { formatBytes, plural } from '../output/format.js';
import { commandStorages } from '../session/command-storages.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

const leftNothing = 'Only the test files in the storages were written, and removed again.';

/** `--dry-run`: surveys everything that the backups would need. */
export async function planBackups({ config, terminal }: CommandContext, projects: readonly string[]): Outcome {
  const storages = commandStorages({ config, terminal });
  const { ok, ...found } = await plan({ config, storages }, projects).finally(() => storages.close());
  terminal.printJson(found);
  for (const project of found.projects) printPlan(terminal, project);
  for (const check of found.storages) printCheck(terminal, check);
  const fails = found.projects.some(({ problems }) => problems.length > 0) || found.storages.some((check) => !check.ok);
  const words = ok ? 'no backup was made' : `this backup would ${fails ? 'fail' : 'be partial'}`;
  terminal.print(`Dry run: ${words}. ${leftNothing}`);
  return ok ? exitCodes.done : exitCodes.failed;
}

function printPlan(terminal: CommandContext['terminal'], plan: PlannedBackup): void {
  if ('elsewhere' in plan) {
    terminal.print(`${mark('skipped')} ${plan.project}: lies on the host "${plan.elsewhere}"; look at it there`);
    return;
  }
  const { project, type, files, bytes, paths, database, problems, missing, warnings } = plan;
  terminal.print(
    `${mark(problems.length > 0 ? 'failed' : missing.length > 0 ? 'warning' : 'ok')} ${project} (${type}): ${plural(files, 'file')}, ${formatBytes(bytes)}`,
  );
  if (database) {
    const { name, kind, server_version, tables, views, client, client_version, estimated_bytes } = database;
    terminal.print(
      `    ${name} (${kind} ${server_version}, ${client} ${client_version}): ${plural(tables, 'table')}, ${plural(views, 'view')}, about ${formatBytes(estimated_bytes)}`,
    );
  }
  for (const { path, files: count, bytes: size } of paths) {
    terminal.print(`    ${path}: ${plural(count, 'file')}, ${formatBytes(size)}`);
  }
  for (const { message, remedy } of problems) {
    terminal.print(indent(`${mark('failed')} ${printable(message)}`, 4, terminal.width));
    terminal.print(indent(remedy, 6, terminal.width));
  }
  for (const { message, remedy } of missing) {
    terminal.print(indent(`${mark('warning')} missing: ${printable(message)}`, 4, terminal.width));
    terminal.print(indent(remedy, 6, terminal.width));
  }
  for (const { message } of warnings)
    terminal.print(indent(`${mark('warning')} ${printable(message)}`, 4, terminal.width));
}

function printCheck(terminal: CommandContext['terminal'], check: BackupPlan['storages'][number]): void {
  terminal.print(`${mark(check.ok ? 'ok' : 'failed')} storage ${check.storage}`);
  for (const { status, detail, remedy } of check.findings) {
    terminal.print(indent(`${mark(status)} ${detail}`, 4, terminal.width));
    if (remedy !== undefined) terminal.print(indent(remedy, 6, terminal.width));
  }
}
