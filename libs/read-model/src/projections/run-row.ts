import type { Archived, BackupEventData, Copy, Failure } from '@havun/domain';
import { instantFromColumn, instantToColumn } from '../instants.js';
import type { BackupRunsRow } from '../schema/tables.js';
import { archiveOf, backupDateOf, copiesOf, type KnownBackup, type Run } from './run.js';

const columnOrNull = (iso: string | null): string | null => (iso === null ? null : instantToColumn(iso));
const jsonOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

export function rowOfRun(run: Run): BackupRunsRow {
  const { request, requestedAt, status } = run.state;
  return {
    id: run.id,
    host: run.host,
    name: request.name,
    project: request.project,
    status,
    backup_date: instantToColumn(backupDateOf(run)),
    requested_at: instantToColumn(requestedAt),
    requested_position: run.requestedPosition,
    attempts: run.attempts,
    started_at: columnOrNull(run.startedAt),
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
  return {
    id: row.id,
    host: row.host,
    requestedPosition: row.requested_position,
    state: stateOfRow(row),
    attempts: row.attempts,
    startedAt: row.started_at === null ? null : instantFromColumn(row.started_at),
    end: row.ended_at === null ? null : { at: instantFromColumn(row.ended_at), durationSeconds: row.duration_seconds },
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Failure),
    position: row.position,
    updatedAt: instantFromColumn(row.updated_at),
  };
}

function stateOfRow(row: BackupRunsRow): KnownBackup {
  const request = JSON.parse(row.request) as BackupEventData<'BackupRequested'>;
  const requested = { request, requestedAt: instantFromColumn(row.requested_at) };
  const archived = archivedOfRow(row);
  const startedAt = row.started_at === null ? requested.requestedAt : instantFromColumn(row.started_at);
  switch (row.status) {
    case 'requested':
      return { status: row.status, ...requested };
    case 'archiving':
      return { status: row.status, ...requested, startedAt, attempts: row.attempts };
    case 'distributing':
      if (!archived) throw new RangeError(`backup_runs: ${row.id} is distributing, and has no archive`);
      return { status: row.status, ...requested, startedAt, ...archived };
    case 'success':
    case 'partial':
    case 'failed':
      return { status: row.status, ...requested, ...(archived && { archived }) };
  }
}

function archivedOfRow({ archive, copies }: BackupRunsRow): Archived | undefined {
  if (archive === null) return undefined;
  return {
    archive: JSON.parse(archive) as Archived['archive'],
    copies: new Map(JSON.parse(copies) as [string, Copy][]),
  };
}
