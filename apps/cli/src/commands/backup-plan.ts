import { projectSourceConfig, searchPath } from '@havun/config';
import { createSource, type SourcePlan } from '@havun/sources';
import type { StorageCheck } from '@havun/storage';
import { exitCodes } from '../exit-code.js';
import { formatBytes, plural } from '../output/format.js';
import { commandStorages } from '../session/command-storages.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** `--dry-run`: looks at everything that the backups would need, and writes nothing. */
export async function planBackups({ config, terminal }: CommandContext, projects: readonly string[]): Outcome {
  const storages = commandStorages({ config, terminal });
  try {
    const plans = await Promise.all(projects.map((project) => planProject(config, project)));
    const checks = await Promise.all(
      storages.all().map(async (storage) => ({ storage: storage.name, ...(await storage.check()) })),
    );
    terminal.printJson({ projects: plans, storages: checks });
    for (const plan of plans) printPlan(terminal, plan);
    for (const check of checks) printCheck(terminal, check);
    const good = plans.every(({ problems }) => problems.length === 0) && checks.every(({ ok }) => ok);
    terminal.print(good ? 'Dry run: nothing was written.' : 'Dry run: this backup would fail. Nothing was written.');
    return good ? exitCodes.done : exitCodes.failed;
  } finally {
    await storages.close();
  }
}

type Plan = SourcePlan | { readonly project: string; readonly elsewhere: string; readonly problems: readonly [] };

async function planProject(config: CommandContext['config'], name: string): Promise<Plan> {
  const project = config.projects[name];
  if (!project) throw new Error(`planProject: "${name}" is not in the configuration`);
  if (project.host !== config.host) return { project: name, elsewhere: project.host, problems: [] };
  return createSource(projectSourceConfig(config, name), { searchPath: searchPath() }).plan();
}

function printPlan(terminal: CommandContext['terminal'], plan: Plan): void {
  if ('elsewhere' in plan) {
    terminal.print(`${mark('skipped')} ${plan.project}: lies on the host "${plan.elsewhere}"; look at it there`);
    return;
  }
  const { project, type, files, bytes, paths, database, problems, warnings } = plan;
  terminal.print(
    `${mark(problems.length > 0 ? 'failed' : 'ok')} ${project} (${type}): ${plural(files, 'file')}, ${formatBytes(bytes)}`,
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
    terminal.print(indent(`${mark('failed')} ${message}`, 4, terminal.width));
    terminal.print(indent(remedy, 6, terminal.width));
  }
  for (const { message } of warnings) terminal.print(indent(`${mark('warning')} ${message}`, 4, terminal.width));
}

/** One storage's findings, as `doctor` prints them too. */
export function printCheck(terminal: CommandContext['terminal'], check: StorageCheck & { storage: string }): void {
  terminal.print(`${mark(check.ok ? 'ok' : 'failed')} storage ${check.storage}`);
  for (const { status, detail, remedy } of check.findings) {
    terminal.print(indent(`${mark(status)} ${detail}`, 4, terminal.width));
    if (remedy !== undefined) terminal.print(indent(remedy, 6, terminal.width));
  }
}
