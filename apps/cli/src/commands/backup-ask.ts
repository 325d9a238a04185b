import {
  backupDecider,
  fold,
  isCancelled,
  isEnded,
  isHeldUp,
  type BackupEvent,
  type BackupState,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { servicesForOneCommand } from '@havun/standalone';
import { askOfBackup, findRun } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { askedBy } from '../restore/asked-by.js';
import { refused } from '../restore/confirm-production.js';
import { backupRuns } from '../session/run-kinds.js';
import { openSession, type Session } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { checkServed, openWorkSession } from '../session/work-session.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

export interface AskOptions {
  readonly what: 'retry' | 'cancel';
  readonly name: string;
  readonly reason?: string;
}

/** `backup:retry` and `backup:cancel`: makes the request and follows its result. Asking twice changes nothing. */
export async function backupAsk(context: CommandContext, options: AskOptions): Outcome {
  const session = await open(context, options.what);
  try {
    return await ask(context, session, options);
  } finally {
    await session.close();
  }
}

/** Must not wait first for the run that is to be cancelled. */
function open(context: CommandContext, what: AskOptions['what']): Promise<Session> {
  if (what === 'retry') return openWorkSession(context);
  return openSession({ config: context.config, services: servicesForOneCommand });
}

async function ask(
  { config, terminal }: CommandContext,
  session: Session,
  { what, name, reason }: AskOptions,
): Outcome {
  const { store } = session.context;
  const stream = await backupNamed(session, name);
  const { state: before } = await read(store, stream);
  if (before.status === 'unknown') throw noBackup(name);
  const { project } = before.request;
  checkServed(session, config, project);
  const who = { by: askedBy(), ...(reason !== undefined && reason.trim() !== '' && { reason: reason.trim() }) };
  const asked = await askOfBackup({ ...session.context, source: 'cli' }, stream, what, who);
  if (asked.kind === 'refused') throw refused(asked.refusal.code, asked.refusal.message, asked.refusal.remedy);
  const { events } = await read(store, stream);
  const histories = await watchRuns<BackupEvent>(session, {
    terminal,
    kind: what === 'retry' ? backupRuns : { ...backupRuns, isOver: (all) => isEnded(fold(backupDecider, all)) },
    runs: [{ project, stream, from: requestIn(events), followWith: `havun backup:show ${name} --follow` }],
  });
  if (!histories) return exitCodes.interrupted;
  const { state } = await read(store, stream);
  const isDone = what === 'retry' ? state.status === 'success' : isEnded(state) && isCancelled(state);
  const status = statusOf(state);
  terminal.printJson({ backup: name, id: stream.id, project, status, asked: asked.isNew });
  terminal.print(`${mark(isDone ? 'ok' : 'failed')} ${name}: ${status}`);
  return isDone ? exitCodes.done : exitCodes.failed;
}

function statusOf(state: BackupState): string {
  if (isHeldUp(state)) return 'held-up';
  return isEnded(state) && isCancelled(state) && state.status === 'failed' ? 'cancelled' : state.status;
}

async function read(store: Session['context']['store'], stream: StreamId) {
  const events = (await store.read(stream)) as RecordedEvent<BackupEvent>[];
  return {
    events,
    state: fold(
      backupDecider,
      events.map(({ event }) => event),
    ),
  };
}

/** The position of the last request. Later events are its result. */
const requestIn = (events: readonly RecordedEvent<BackupEvent>[]): number =>
  events.findLast(({ event: { type } }) => type === 'BackupRetryRequested' || type === 'BackupCancelRequested')
    ?.position ?? 0;

async function backupNamed(session: Session, name: string): Promise<StreamId> {
  const found = await findRun(session.context, name);
  if (found.kind === 'none') {
    throw new CommandError(exitCodes.failed, found.refusal.code, found.refusal.message, found.refusal.remedy);
  }
  if (found.stream.category !== 'backup') throw noBackup(name);
  return found.stream;
}

const noBackup = (name: string): CommandError =>
  new CommandError(exitCodes.usage, 'NOT_A_BACKUP', `"${name}" is not a backup`, 'See the backups: havun backup:list');
