import type { BackupEvent, DomainEvent, DrillEvent, RestoreEvent, StreamId } from '@havun/domain';

/** What the log of a service says of one event of a run. It has no names of files and no content. */
export interface RunLine {
  /** `info`: a run starts or ends. `warn`: it goes on, and something of it failed or waits. `debug`: any other step. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly run: {
    readonly kind: string;
    readonly id: string;
    readonly name?: string;
    readonly project?: string;
    readonly event: string;
    readonly code?: string;
  };
}

/** The request that a run began with, as far as it has these. */
export interface RunSubject {
  readonly name?: string;
  readonly project?: string;
}

export function runLine(event: DomainEvent, { category, id }: StreamId, subject: RunSubject = {}): RunLine {
  const kind = category === 'retention' ? kindIn(event) : category;
  const { name, project } = subject;
  const { code } = event.data as { code?: unknown };
  const named = name === undefined ? `${kind} ${project === undefined ? id : `of ${project}`}` : `${kind} ${name}`;
  const of = kind === 'restore' ? (name ?? named) : named;
  return {
    level: levelOf(event),
    text: `${of}: ${wordsOf(event as BackupEvent | RestoreEvent | DrillEvent)}`,
    run: {
      kind,
      id,
      ...(name !== undefined && { name }),
      ...(project !== undefined && { project }),
      event: event.type,
      ...(typeof code === 'string' && { code }),
    },
  };
}

/** The streams of retention have several kinds of run: `CleanupStarted` is of a `cleanup`. */
const kindIn = ({ type }: DomainEvent): string => type.replace(/(?<=[a-z])[A-Z].*$/, '').toLowerCase();

const levels: Readonly<Partial<Record<string, RunLine['level']>>> = {
  DrillPassed: 'info',
  RestoreUndone: 'info',
  RestoreConfirmed: 'info',
  SwitchStarted: 'debug',
  DeletionStarted: 'debug',
  DeletionRefused: 'warn',
  StorageNotReconciled: 'warn',
  UploadFailed: 'warn',
  VerificationFailed: 'warn',
};

/** The names of events say it, also those of runs that are to come. */
function levelOf({ type, data }: DomainEvent): RunLine['level'] {
  const known = levels[type];
  if (known !== undefined) return known;
  if (type.endsWith('HeldUp')) return 'warn';
  if (type.endsWith('Failed')) return 'error';
  if (type.endsWith('Completed')) return (data as { status?: unknown }).status === 'partial' ? 'warn' : 'info';
  return type.endsWith('Started') ? 'info' : 'debug';
}

function wordsOf({ type, data }: BackupEvent | RestoreEvent | DrillEvent): string {
  switch (type) {
    case 'BackupStarted':
    case 'RestoreStarted':
    case 'DrillStarted':
      return data.attempt === 1 ? 'started' : `started again (attempt ${data.attempt})`;
    case 'BackupCompleted':
      return `${data.status} after ${data.durationSeconds} s`;
    case 'RestoreCompleted':
      return `completed after ${data.durationSeconds} s`;
    case 'DrillPassed':
      return `passed with ${data.backup?.name ?? 'no backup'}`;
    case 'RestoreUndone':
      return `undone in ${data.durationSeconds} s`;
    case 'RestoreConfirmed':
      return `confirmed: what was kept is removed, in ${data.durationSeconds} s`;
    case 'RestoreSettlementFailed':
      return `the ${data.what === 'undo' ? 'undo' : 'confirmation'} failed: ${reason(data)}`;
    case 'BackupFailed':
    case 'RestoreFailed':
      return `failed (${data.stage}): ${reason(data)}`;
    case 'DrillFailed':
      return `failed: ${reason(data)}`;
    case 'UploadFailed':
    case 'VerificationFailed':
      return `${type === 'UploadFailed' ? 'the upload to' : 'the verification in'} ${data.storage} failed: ${reason(data)}`;
    case 'CopyHeldUp':
      return `the copy waits for ${data.storage}: ${reason(data)}`;
    case 'SwitchHeldUp':
      return `the switch is held up: ${reason(data)}`;
    default:
      return anyWords({ type, data });
  }
}

/** For kinds of run that are not named here. */
function anyWords({ type, data }: Pick<DomainEvent, 'type' | 'data'>): string {
  const { durationSeconds, message, code } = data as { durationSeconds?: number; message?: string; code?: string };
  const why = message === undefined || code === undefined ? '' : `: ${reason({ message, code })}`;
  if (type.endsWith('Failed')) return `failed${why}`;
  if (type.endsWith('Completed'))
    return durationSeconds === undefined ? 'completed' : `completed after ${durationSeconds} s`;
  return type.endsWith('Started') && levels[type] === undefined ? 'started' : `${type}${why}`;
}

const reason = ({ message, code }: { message: string; code: string }): string => `${message} [${code}]`;
