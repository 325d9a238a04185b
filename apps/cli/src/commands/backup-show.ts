import { backupIdOf, projectDecider, projectInName, type BackupEvent, type StreamId } from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import type { HavunConfig } from '@havun/config';
import type { ServiceContext } from '@havun/service-kit';
import { CommandError, exitCodes } from '../exit-code.js';
import { formatInstant } from '../output/format.js';
import { describeEvent, renderLine } from '../output/run-lines.js';
import { openSession } from '../session/session.js';
import { followRun } from '../session/follow-run.js';
import { indent, type Terminal } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

export interface BackupShowOptions {
  readonly name: string;
  readonly follow?: boolean;
}

/** The whole history of one backup, read from the log itself: it needs no tables. */
export async function backupShow({ config, terminal }: CommandContext, { name, follow }: BackupShowOptions): Outcome {
  const session = await openSession({ config, services: [] });
  try {
    const stream = await findStream(config, session.context, name);
    const events = await session.context.store.read(stream);
    terminal.printJson({ name, id: stream.id, host: stream.host, events });
    terminal.print(`${name}  (${stream.id}, host ${stream.host})`);
    if (!follow) {
      for (const { event } of events) printEvent(terminal, config.timezone, event as BackupEvent);
      return exitCodes.done;
    }
    const interrupt = new AbortController();
    process.once('SIGINT', () => {
      interrupt.abort();
    });
    for await (const { event } of followRun(session.context, stream, interrupt.signal)) {
      printEvent(terminal, config.timezone, event);
    }
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

function printEvent(terminal: Terminal, timezone: string, event: BackupEvent): void {
  const line = describeEvent(event);
  terminal.print(`${formatInstant(event.at, timezone)}  ${renderLine(line)}`);
  if (line.remedy !== undefined) terminal.print(indent(line.remedy, 23, terminal.width));
}

async function findStream(config: HavunConfig, { store }: ServiceContext, name: string): Promise<StreamId> {
  const project = projectInName(name);
  if (project === undefined) throw unknown(name, 'A name looks like 2025-11-21-03-00-00-havunadmin.');
  // A project that has moved or was removed from the configuration keeps its backups under the host of their time.
  const hosts = new Set([config.projects[project]?.host ?? config.host, config.host]);
  for (const host of hosts) {
    const { state } = await loadAggregate(store, projectDecider, { host, category: 'project', id: project });
    const id = backupIdOf(state, name);
    if (id !== undefined) return { host, category: 'backup', id };
  }
  throw unknown(name, `See the names with: havun backup:list --project=${project}`);
}

const unknown = (name: string, remedy: string): CommandError =>
  new CommandError(exitCodes.failed, 'UNKNOWN_BACKUP', `There is no backup "${name}"`, remedy);
