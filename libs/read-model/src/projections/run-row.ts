import { isEnded, type Archived, type BackupEventData, type Copy, type EndedBackup, type Failure } from '@havun/domain';
import { instantFromColumn, instantToColumn } from '../instants.js';
import type { BackupRunsRow } from '../schema/tables.js';
import { archiveOf, backupDateOf, copiesOf, type KnownBackup, type Run } from './run.js';

const columnOrNull = (iso: string | undefined): string | null => (iso === undefined ? null : instantToColumn(iso));
const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

export function rowOfRun(run: Run): BackupRunsRow {
  const { state } = run;
  const { request, requestedAt, status } = state;
  return {
    id: run.id,
    host: run.host,
    name: request.name,
    project: request.project,
    status,
    backup_date: instantToColumn(backupDateOf(run)),
    requested_at: instantToColumn(requestedAt),
    requested_position: run.requestedPosition,
    attempts: state.status === 'requested' ? 0 : state.attempts,
    started_at: state.status === 'requested' ? null : columnOrNull(state.startedAt),
    ended_at: isEnded(state) ? instantToColumn(state.endedAt) : null,
    ended_position: run.endedPosition,
    duration_seconds: isEnded(state) ? (state.durationSeconds ?? null) : null,
    request: JSON.stringify(request),
    archive: jsonOrNull(archiveOf(run)),
    // Pairs, not an object: MySQL sorts an object's keys, and the copies must stay in the order of the policy.
    copies: JSON.stringify(copiesOf(run).map(([storage, copy]) => [storage, withoutTime(copy)])),
    seen: JSON.stringify(copiesOf(run).flatMap(([storage, copy]) => seenAt(copy).map((at) => [storage, at]))),
    failure: state.status === 'requested' ? null : jsonOrNull(state.failure),
    keeping: jsonOrNull(keepingOf(state)),
    position: run.position,
    updated_at: instantToColumn(run.updatedAt),
  };
}

/** What holds and retention have done with a backup; undefined where they have done nothing that lasts. */
type Keeping = Pick<EndedBackup, 'holds' | 'deletion' | 'refusals'>;

function keepingOf(state: KnownBackup): Keeping | undefined {
  const { holds = [] } = state;
  const { deletion, refusals = {} } = isEnded(state) ? state : {};
  const keeping = {
    ...(holds.length > 0 && { holds }),
    ...(deletion && { deletion }),
    ...(Object.keys(refusals).length > 0 && { refusals }),
  };
  return Object.keys(keeping).length > 0 ? keeping : undefined;
}

function withoutTime(copy: Copy): object {
  if (copy.state === 'expected') return copy;
  const { at: _at, ...rest } = copy;
  return rest.state === 'removing' ? { ...rest, was: { ...rest.was, at: withMilliseconds(rest.was.at) } } : rest;
}

/** Like every other instant in the tables. */
const withMilliseconds = (iso: string): string => instantFromColumn(instantToColumn(iso));

const seenAt = (copy: Copy): string[] => (copy.state === 'expected' ? [] : [withMilliseconds(copy.at)]);

export function runOfRow(row: BackupRunsRow): Run {
  return {
    id: row.id,
    host: row.host,
    requestedPosition: row.requested_position,
    endedPosition: row.ended_position,
    state: stateOfRow(row),
    position: row.position,
    updatedAt: instantFromColumn(row.updated_at),
  };
}

/** The columns that the state is in. */
export const stateColumns = [
  ...(['id', 'status', 'request', 'requested_at', 'attempts', 'started_at', 'ended_at', 'duration_seconds'] as const),
  ...(['failure', 'archive', 'copies', 'seen', 'keeping', 'updated_at'] as const),
] as const satisfies readonly (keyof BackupRunsRow)[];

export function stateOfRow(row: Pick<BackupRunsRow, (typeof stateColumns)[number]>): KnownBackup {
  const request = JSON.parse(row.request) as BackupEventData<'BackupRequested'>;
  const { holds, ...kept } = row.keeping === null ? {} : (JSON.parse(row.keeping) as Keeping);
  const requested = { request, requestedAt: instantFromColumn(row.requested_at), ...(holds && { holds }) };
  const startedAt = instantFromColumn(row.started_at ?? row.requested_at);
  const failure = row.failure === null ? {} : { failure: JSON.parse(row.failure) as Failure };
  const begun = { ...requested, attempts: row.attempts, startedAt, ...failure };
  const archived = archivedOfRow(row);
  switch (row.status) {
    case 'requested':
      return { status: row.status, ...requested };
    case 'archiving':
      return { status: row.status, ...begun };
    case 'distributing':
      if (!archived) throw new RangeError(`backup_runs: ${row.id} is distributing, and has no archive`);
      return { status: row.status, ...begun, ...archived };
    case 'success':
    case 'partial':
    case 'failed':
      return {
        status: row.status,
        ...requested,
        attempts: row.attempts,
        ...(row.started_at !== null && { startedAt }),
        endedAt: instantFromColumn(row.ended_at ?? row.updated_at),
        ...(row.duration_seconds !== null && { durationSeconds: row.duration_seconds }),
        ...failure,
        ...(archived && { archived }),
        ...kept,
      };
  }
}

function archivedOfRow({
  archive,
  copies,
  seen,
}: Pick<BackupRunsRow, 'archive' | 'copies' | 'seen'>): Archived | undefined {
  if (archive === null) return undefined;
  const known = JSON.parse(copies) as [string, Copy & { at?: string }][];
  const times = new Map(seen === null ? [] : (JSON.parse(seen) as [string, string][]));
  for (const [storage, copy] of known) {
    const at = times.get(storage);
    if (at !== undefined) copy.at = at;
  }
  return {
    archive: JSON.parse(archive) as Archived['archive'],
    copies: new Map<string, Copy>(known),
  };
}
