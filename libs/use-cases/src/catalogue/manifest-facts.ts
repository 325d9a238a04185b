import { z } from 'zod';
import { ArchiveError, openArchive, type ByteSource } from '@havun/archive';
import { backupEventSchemas, missingParts, type BackupEventData } from '@havun/domain';

/** The part of a manifest's head that identifies the backup and tells what the log records of an archive. */
const detailsSchema = z.object({
  project: z.string(),
  backup_name: z.string(),
  backup_id: z.uuid(),
  created_at: z.iso.datetime(),
  trigger: backupEventSchemas.BackupCatalogued.shape.trigger,
  databases: z
    .array(
      z.object({
        name: z.string(),
        kind: z.string(),
        tables: z.array(z.object({ rows: z.int().nonnegative() })),
      }),
    )
    .default([]),
  missing: z.array(z.object({ code: z.string(), name: z.string().optional() })).default([]),
});

export interface ManifestFacts {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly createdAt: string;
  readonly trigger?: BackupEventData<'BackupCatalogued'>['trigger'];
  readonly archive: Omit<BackupEventData<'BackupCatalogued'>['archive'], 'sha256'>;
}

/**
 * Reads only an archive's manifest. Tries the passwords in turn; undefined is for an unencrypted archive.
 * @throws ArchiveError, or what the source throws
 */
export async function readManifestFacts(
  open: () => Promise<ByteSource>,
  passwords: readonly (string | undefined)[],
): Promise<ManifestFacts> {
  for (const [index, password] of passwords.entries()) {
    try {
      return await factsWith(await open(), password);
    } catch (error) {
      const isLast = index === passwords.length - 1;
      if (isLast || !(error instanceof ArchiveError) || error.code !== 'PASSWORD_REQUIRED') throw error;
    }
  }
  throw new RangeError('no password to try, not even none');
}

async function factsWith(source: ByteSource, password: string | undefined): Promise<ManifestFacts> {
  const { name, size } = source;
  const reader = await openArchive(source, { ...(password !== undefined && { password }) });
  try {
    const { manifest, sha256: manifestSha256 } = await reader.manifest();
    const parsed = detailsSchema.safeParse(manifest.details);
    if (!parsed.success) {
      throw new ArchiveError('NO_MANIFEST', `The manifest of ${name} does not say whose it is`, {
        cause: parsed.error,
      });
    }
    const { project, backup_name, backup_id, created_at, trigger, databases } = parsed.data;
    const missing = missingParts(parsed.data.missing);
    return {
      id: backup_id,
      project,
      name: backup_name,
      createdAt: created_at,
      ...(trigger !== undefined && { trigger }),
      archive: {
        size,
        manifestSha256,
        entries: manifest.entryCount,
        sourceBytes: manifest.totalBytes,
        encrypted: password !== undefined,
        databases: databases.map(({ name: database, kind, tables }) => ({
          name: database,
          kind,
          tables: tables.length,
          rows: tables.reduce((sum, { rows }) => sum + rows, 0),
        })),
        ...(missing.length > 0 && { missing }),
      },
    };
  } finally {
    await reader.close();
  }
}
