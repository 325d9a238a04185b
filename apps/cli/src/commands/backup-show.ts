import {
  isRestoreName,
  projectInName,
  type BackupEvent,
  type DomainEvent,
  type RestoreEvent,
  type StreamId,
} from '@havun/domain';
import type { HavunConfig } from '@havun/config';
import type { ServiceContext } from '@havun/service-kit';
import { ProjectNames } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { formatInstant } from '../output/format.js';
import { renderLine } from '../output/run-lines.js';
import { openSession } from '../session/session.js';
import { followRun } from '../session/follow-run.js';
import { backupRuns, restoreRuns, type RunKind } from '../session/run-kinds.js';
import { indent, type Terminal } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

export interface BackupShowOptions {
  readonly name: string;
  readonly follow?: boolean;
}

/** The whole history of one backup or restore, read from the log itself: it needs no tables. */
export async function backupShow(context: CommandContext, { name, follow = false }: BackupShowOptions): Outcome {
  const { config, terminal } = context;
  const session = await openSession({ config, services: [] });
  try {
    const stream = await findStream(config, session.context, name);
    terminal.print(`${name}  (${stream.id}, host ${stream.host})`);
    const run = { name, stream, follow };
    return await (stream.category === 'restore'
      ? show<RestoreEvent>(context, session.context, restoreRuns, run)
      : show<BackupEvent>(context, session.context, backupRuns, run));
  } finally {
    await session.close();
  }
}

/** Lines come as events do; the JSON document when the last one has. */
async function show<Event extends DomainEvent>(
  { config, terminal }: CommandContext,
  service: ServiceContext,
  kind: RunKind<Event>,
  { name, stream, follow }: { name: string; stream: StreamId; follow: boolean },
): Outcome {
  const interrupt = new AbortController();
  process.once('SIGINT', () => {
    interrupt.abort();
  });
  const events = [];
  const isOver = follow ? kind.isOver : (): boolean => true;
  for await (const recorded of followRun<Event>(service, stream, { isOver, signal: interrupt.signal })) {
    events.push(recorded);
    printEvent(terminal, config.timezone, kind, recorded.event);
  }
  terminal.printJson({ name, id: stream.id, host: stream.host, events });
  return exitCodes.done;
}

function printEvent<Event extends DomainEvent>(
  terminal: Terminal,
  timezone: string,
  { describe }: RunKind<Event>,
  event: Event,
): void {
  const line = describe(event);
  terminal.print(`${formatInstant(event.at, timezone)}  ${renderLine(line)}`);
  if (line.remedy !== undefined) terminal.print(indent(line.remedy, 23, terminal.width));
}

async function findStream(config: HavunConfig, { store }: ServiceContext, name: string): Promise<StreamId> {
  const project = projectInName(name);
  if (project === undefined) throw unknown(name, 'A name looks like 2025-11-21-03-00-00-havunadmin.');
  const [category, list] = isRestoreName(name)
    ? (['restore', 'restore:list'] as const)
    : (['backup', 'backup:list'] as const);
  // A project that has moved or was removed from the configuration keeps its backups under the host of their time.
  const hosts = new Set([config.projects[project]?.host ?? config.host, config.host]);
  for (const host of hosts) {
    const names = new ProjectNames(store, host, project);
    const id = await names.idOf(category === 'backup' ? 'backups' : 'restores', name);
    if (id !== undefined) return { host, category, id };
  }
  throw unknown(name, `See the names with: havun ${list} --project=${project}`);
}

const unknown = (name: string, remedy: string): CommandError =>
  new CommandError(
    exitCodes.failed,
    isRestoreName(name) ? 'UNKNOWN_RESTORE' : 'UNKNOWN_BACKUP',
    `There is no ${isRestoreName(name) ? 'restore' : 'backup'} "${name}"`,
    remedy,
  );
