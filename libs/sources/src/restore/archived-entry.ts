import { z } from 'zod';
import { projectTypeSchema } from '../config.js';
import { databasePropertiesSchema, type DatabaseDetails } from '@havun/databases';
import { projectPath } from '../projects/project-type.js';
import { DUMP_NAME, ENV_NAME, MANIFEST_NAME, type ProjectType } from '../projects/project-type.js';
import type { BackedUp } from './trees.js';

/** What an entry of the archive stands for. */
export type ArchivedEntry = { is: 'dump' | 'env' | 'manifest' | 'foreign' } | { is: 'file'; path: string };

/** The reverse of naming the entries of a backup. 'foreign': no backup of ours has such an entry. */
export function entryOf(type: ProjectType, name: string): ArchivedEntry {
  if (name === DUMP_NAME) return { is: 'dump' };
  if (name === ENV_NAME) return { is: 'env' };
  if (name === MANIFEST_NAME) return { is: 'manifest' };
  const path = projectPath(type, name);
  return path === undefined ? { is: 'foreign' } : { is: 'file', path };
}

const schema = z.object({
  type: projectTypeSchema,
  include: z.array(
    z.object({
      path: z.string(),
      kind: z.enum(['files', 'config', 'git', 'json-database']),
      optional: z.boolean(),
      followed: z.string().optional(),
      dot_files: z.boolean().optional(),
    }),
  ),
  databases: z.array(
    z.looseObject({
      name: z.string(),
      entry: z.string(),
      kind: z.enum(['mariadb', 'mysql', 'postgresql', 'sqlite']),
      server_version: z.string(),
      client: z.string(),
      client_version: z.string(),
      tables: z.array(z.object({ name: z.string(), rows: z.number() })),
      views: z.array(z.string()),
      routines: z.number(),
      triggers: z.number(),
      events: z.number(),
      longest_statement_bytes: z.number().optional(),
      max_statement_bytes: z.number().optional(),
      properties: databasePropertiesSchema.optional(),
      definitions: z.array(z.object({ kind: z.string(), name: z.string(), digest: z.string() })).optional(),
    }),
  ),
});

/** The part of the manifest's head that a restore needs. Undefined where another program wrote the manifest. */
export function backedUp(details: Readonly<Record<string, unknown>>): BackedUp | undefined {
  const { success, data } = schema.safeParse(details);
  if (!success) return undefined;
  const include = data.include.map(({ followed, dot_files, ...path }) => ({
    ...path,
    ...(followed !== undefined && { followed }),
    ...(dot_files !== undefined && { dot_files }),
  }));
  return { type: data.type, include, databases: data.databases satisfies DatabaseDetails[] };
}
