import {
  holdsInForce,
  isRestoreName,
  projectInName,
  type BackupEvent,
  type DomainEvent,
  type Hold,
  type RestoreEvent,
  type StreamId,
} from '@havun/domain';
import type { ReadModel } from '@havun/read-model';
import type { ServiceContext } from '@havun/service-kit';
import { findRun, followRun, projectRetention, type FoundFindings } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { formatInstant } from '../output/format.js';
import { describeHold } from '../output/hold-lines.js';
import { printFindings } from '../output/finding-lines.js';
import { renderLine } from '../output/run-lines.js';
import { findingsOf } from '../session/findings.js';
import { isAway, readAsLeft } from '../session/read-tables.js';
import { openSession } from '../session/session.js';
import { backupRuns, restoreRuns, type ShownRunKind } from '../session/run-kinds.js';
import { indent, mark, type Terminal } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

export interface BackupShowOptions {
  readonly name: string;
  readonly follow?: boolean;
}

/**
 * The whole history of one backup or restore, from the log itself: it needs no tables. Where the log can't be reached, it comes
 * from the tables, with the last state that they have.
 */
export async function backupShow(context: CommandContext, options: BackupShowOptions): Outcome {
  const session = await openSession({ config: context.config, services: [] }).catch((error: unknown) => {
    if (isAway(error)) return { away: error };
    throw error;
  });
  if ('away' in session)
    return readAsLeft(context, session.away, (tables) => showFromTables(context, tables, options.name));
  try {
    return await showFromLog(context, session.context, options);
  } finally {
    await session.close();
  }
}

async function showFromLog(
  context: CommandContext,
  service: ServiceContext,
  { name, follow = false }: BackupShowOptions,
): Outcome {
  const stream = await streamOf(service, name);
  context.terminal.print(`${name}  (${stream.id}, host ${stream.host})`);
  const run = { name, stream, follow };
  if (stream.category === 'restore') return show<RestoreEvent>(context, service, restoreRuns, run);
  const projectHolds = await holdsOnProjectOf(service, name);
  const { timezone } = context.config;
  for (const hold of projectHolds) {
    const text = `Its whole project is on hold ${describeHold(hold, timezone, service.clock.now().toISOString())}`;
    context.terminal.print(indent(`${mark('ok')} ${text}`, 0, context.terminal.width));
  }
  return show<BackupEvent>(context, service, backupRuns, {
    ...run,
    also: { projectHolds },
    findings: () => findingsOf(context, service, stream),
  });
}

/** A hold on the backup itself is one of its events. */
async function holdsOnProjectOf(service: ServiceContext, name: string): Promise<Hold[]> {
  const project = projectInName(name);
  if (project === undefined) return [];
  return holdsInForce((await projectRetention(service, project)).holds, service.clock.now().toISOString());
}

/** More events than any run has. */
const eventsOfOneRun = 10_000;

async function showFromTables({ config, terminal }: CommandContext, tables: ReadModel, name: string): Outcome {
  const stream = await streamInTables(tables, name);
  if (!stream) {
    throw new CommandError(
      exitCodes.failed,
      isRestoreName(name) ? 'UNKNOWN_RESTORE' : 'UNKNOWN_BACKUP',
      `The tables have no "${name}"`,
      'See the names with «havun backup:list», or ask again when the log is back.',
    );
  }
  const { id, host, category } = stream;
  const entries = await tables.queries.auditLog({ category, streamId: id, limit: eventsOfOneRun });
  const events = entries.map(({ type, occurredAt, data }) => ({ type, at: occurredAt, data }));
  terminal.print(`${name}  (${id}, host ${host})`);
  for (const event of events) {
    if (category === 'restore') printEvent(terminal, config.timezone, restoreRuns, event as RestoreEvent);
    else printEvent(terminal, config.timezone, backupRuns, event as BackupEvent);
  }
  terminal.printJson({ name, id, host, events: entries });
  return exitCodes.done;
}

async function streamInTables({ queries }: ReadModel, name: string): Promise<StreamId | undefined> {
  if (!isRestoreName(name)) {
    const backup = await queries.findBackup(name);
    return backup && { id: backup.id, host: backup.host, category: 'backup' };
  }
  const requests = await queries.auditLog({ type: 'RestoreRequested', order: 'newest', limit: eventsOfOneRun });
  const request = requests.find(({ data }) => (data as RestoreEvent['data'] & { name?: string }).name === name);
  return request && { id: request.streamId, host: request.host, category: 'restore' };
}

interface ShownRun {
  readonly name: string;
  readonly stream: StreamId;
  readonly follow: boolean;
  readonly also?: object;
  /** Reads the names that the log does not have. */
  readonly findings?: () => Promise<FoundFindings>;
}

/** Prints each line when its event comes, and the JSON document after the last event. */
async function show<Event extends DomainEvent>(
  { config, terminal }: CommandContext,
  service: ServiceContext,
  kind: ShownRunKind<Event>,
  { name, stream, follow, also = {}, findings }: ShownRun,
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
  const found = (await findings?.()) ?? { kind: 'none' };
  printFindings(terminal, found);
  const source = found.kind === 'none' ? {} : { source: found };
  terminal.printJson({ name, id: stream.id, host: stream.host, ...also, ...source, events });
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
