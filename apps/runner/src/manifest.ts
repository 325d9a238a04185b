import { z } from 'zod';
import type { ArchiveSummary, ManifestDetails } from '@havun/archive';
import { countByCode, missingParts, type BackupEventData } from '@havun/domain';
import type { SourceDetails } from '@havun/sources';

/** What is known about a backup before its source is opened. */
export interface ManifestHead {
  readonly backupId: string;
  readonly name: string;
  readonly project: string;
  readonly host: string;
  readonly timezone: string;
  /** ISO 8601 in UTC: when the archive was begun. */
  readonly createdAt: string;
  /** The requester, so that a backup that is found in the storages without its log keeps its kind. */
  readonly trigger: BackupEventData<'BackupRequested'>['trigger'];
}

/**
 * The head of `backup-manifest.json`: the seed's keys (project, timestamp, type, database, files, laravel_version,
 * php_version, node_version, git_commit, version), and what else a restore without us needs. `php_version` and `node_version` are
 * what is installed where the backup was made, `php_required` and `node_required` what the project's files ask for. Release 0.1
 * had the latter under the names of the former.
 */
export function manifestDetails(head: ManifestHead, source: SourceDetails): ManifestDetails {
  const { runtimes } = source;
  const { laravel, php, node, package: version, git_commit } = source.versions;
  return {
    project: head.project,
    backup_name: head.name,
    backup_id: head.backupId,
    timestamp: head.name.slice(0, 'yyyy-mm-dd-hh-mm-ss'.length),
    timezone: head.timezone,
    created_at: head.createdAt,
    trigger: head.trigger,
    host: head.host,
    type: source.type,
    database: source.databases.length > 0 || source.include.some(({ kind }) => kind === 'json-database'),
    files: source.include.filter(({ kind }) => kind === 'files').map(({ path }) => path),
    ...(laravel !== undefined && { laravel_version: laravel }),
    ...(runtimes.php !== undefined && { php_version: runtimes.php }),
    ...(php !== undefined && { php_required: php }),
    ...(runtimes.node !== undefined && { node_version: runtimes.node }),
    ...(node !== undefined && { node_required: node }),
    ...(git_commit !== undefined && { git_commit }),
    ...(version !== undefined && { version }),
    include: source.include,
    databases: source.databases,
    warnings: source.warnings,
    missing: source.missing,
  };
}

/** The part of a finished archive's manifest that its backup needs to continue. */
const finishedSchema = z.object({
  backup_id: z.string(),
  databases: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      tables: z.array(z.object({ rows: z.int().nonnegative() })),
    }),
  ),
  warnings: z.array(z.object({ code: z.string() })),
  missing: z.array(z.object({ code: z.string(), name: z.string().optional() })).default([]),
});

interface FinishedDetails {
  readonly backup_id: string;
  readonly databases: readonly {
    readonly name: string;
    readonly kind: string;
    readonly tables: readonly { readonly rows: number }[];
  }[];
  readonly warnings: readonly { readonly code: string }[];
  readonly missing: readonly { readonly code: string; readonly name?: string | undefined }[];
}

/** Reads the head of an archive's manifest. @throws Error that names the first key that is not as we write it */
export function readDetails(details: Readonly<Record<string, unknown>>): FinishedDetails {
  const { success, data, error } = finishedSchema.safeParse(details);
  if (success) return data;
  const [issue] = error.issues;
  throw new Error(`its manifest is not one of this program: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** What the event says about an archive: numbers, and no names of files (D4). */
export function archiveFacts(
  path: string,
  { size, sha256, manifestSha256, entries, sourceBytes, encrypted }: ArchiveSummary,
  source: Omit<FinishedDetails, 'backup_id'>,
): Omit<BackupEventData<'ArchiveCreated'>, 'durationMs'> {
  const missing = missingParts(source.missing);
  return {
    path,
    size,
    sha256,
    manifestSha256,
    entries,
    sourceBytes,
    encrypted,
    databases: source.databases.map(({ name, kind, tables }) => ({
      name,
      kind,
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    })),
    warnings: countByCode(source.warnings),
    ...(missing.length > 0 && { missing }),
    adopted: false,
  };
}
