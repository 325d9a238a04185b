import type { BackupEvent, DomainEvent, RestoreEvent, StreamId } from '@havun/domain';
import type { ServiceContext } from '@havun/service-kit';
import { findRun, followRun } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { formatInstant } from '../output/format.js';
import { renderLine } from '../output/run-lines.js';
import { openSession } from '../session/session.js';
import { backupRuns, restoreRuns, type ShownRunKind } from '../session/run-kinds.js';
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
    const stream = await streamOf(session.context, name);
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
  kind: ShownRunKind<Event>,
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
  { describe }: ShownRunKind<Event>,
  event: Event,
): void {
  const line = describe(event);
  terminal.print(`${formatInstant(event.at, timezone)}  ${renderLine(line)}`);
  if (line.remedy !== undefined) terminal.print(indent(line.remedy, 23, terminal.width));
}

async function streamOf(context: ServiceContext, name: string): Promise<StreamId> {
  const found = await findRun(context, name);
  if (found.kind === 'found') return found.stream;
  const { code, message, remedy } = found.refusal;
  throw new CommandError(exitCodes.failed, code, message, remedy);
}
