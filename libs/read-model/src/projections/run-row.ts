import type { BackupEventData, Copy, Failure } from '@havun/domain';
import { instantFromColumn, instantToColumn } from '../instants.js';
import type { BackupRunsRow } from '../schema/tables.js';
import { archiveOf, backupDateOf, copiesOf, startedAtOf, type EndedStatus, type LiveState, type Run } from './run.js';

const columnOrNull = (iso: string | null): string | null => (iso === null ? null : instantToColumn(iso));
const jsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

export function rowOfRun(run: Run): BackupRunsRow {
  const { request } = run.live;
  return {
    id: run.id,
    host: run.host,
    name: request.name,
    project: request.project,
    status: run.end?.status ?? run.live.status,
    backup_date: instantToColumn(backupDateOf(run)),
    requested_at: instantToColumn(run.live.requestedAt),
    requested_position: run.requestedPosition,
    attempts: run.attempts,
    started_at: columnOrNull(startedAtOf(run)),
    ended_at: columnOrNull(run.end?.at ?? null),
    duration_seconds: run.end?.durationSeconds ?? null,
    request: JSON.stringify(request),
    archive: jsonOrNull(archiveOf(run)),
    // Pairs, not an object: MySQL sorts an object's keys, and the order of the copies is the policy's.
    copies: JSON.stringify(copiesOf(run)),
    failure: jsonOrNull(run.failure),
    position: run.position,
    updated_at: instantToColumn(run.updatedAt),
  };
}

export function runOfRow(row: BackupRunsRow): Run {
  const endedAt = row.ended_at === null ? null : instantFromColumn(row.ended_at);
  return {
    id: row.id,
    host: row.host,
    requestedPosition: row.requested_position,
    live: liveOfRow(row),
    attempts: row.attempts,
    end:
      endedAt === null
        ? null
        : { status: row.status as EndedStatus, at: endedAt, durationSeconds: row.duration_seconds ?? 0 },
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Failure),
    position: row.position,
    updatedAt: instantFromColumn(row.updated_at),
  };
}

/** The last state before the end follows from what the row has: an archive, a start, or neither. */
function liveOfRow(row: BackupRunsRow): LiveState {
  const request = JSON.parse(row.request) as BackupEventData<'BackupRequested'>;
  const requested = { request, requestedAt: instantFromColumn(row.requested_at) };
  if (row.started_at === null) return { status: 'requested', ...requested };
  const startedAt = instantFromColumn(row.started_at);
  if (row.archive === null) return { status: 'archiving', ...requested, startedAt, attempts: row.attempts };
  const archive = JSON.parse(row.archive) as BackupEventData<'ArchiveCreated'>;
  const copies = new Map(JSON.parse(row.copies) as [string, Copy][]);
  return { status: 'distributing', ...requested, startedAt, archive, copies };
}
