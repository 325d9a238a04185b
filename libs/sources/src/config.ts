// What a project's part of the configuration looks like to this library; the config library composes these schemas.
import { posix, win32 } from 'node:path';
import { z } from 'zod';

const absolutePath = z
  .string()
  .min(1)
  .refine((path) => posix.isAbsolute(path) || win32.isAbsolute(path), 'must be an absolute path');

export const projectTypeNames = ['laravel-app', 'laravel-package', 'nodejs-app'] as const;
export const projectTypeSchema = z
  .enum(projectTypeNames)
  .describe('What kind of project it is; decides the layout of the archive.');
export type ProjectTypeName = z.infer<typeof projectTypeSchema>;

export const pathsSchema = z
  .strictObject({
    root: absolutePath.describe("The project's folder, absolute."),
    database: z
      .string()
      .min(1)
      .optional()
      .describe('Name of the database; for SQLite the path of its file, relative to the root.'),
    server: z.string().min(1).optional().describe('Which of `databases` the database lives on.'),
    json_databases: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'nodejs-app without a database server: the JSON files that are its database. Default: clients.json, messages.json.',
      ),
  })
  .describe('Where the project lives.');

const includePathSchema = z
  .union([
    z.string().min(1),
    z.strictObject({
      path: z.string().min(1).describe('Path or glob, relative to the root.'),
      optional: z.boolean().default(false).describe('When true, its absence does not fail the backup.'),
    }),
  ])
  .describe(
    'Path or glob (`*.md`), relative to the root. It must exist unless it is marked optional. A glob also takes names that begin with a dot, but not `.env` and `.git`, and none says what is not wanted (`!`).',
  );

export const includeSchema = z
  .strictObject({
    database: z.boolean().optional().describe('Dump the database. Default: true, except for laravel-package.'),
    files: z.array(includePathSchema).optional().describe('Folders, files and globs to back up. Default: none.'),
    config: z.boolean().optional().describe('Back up `.env` as env-backup.txt. Default: true.'),
    git: z.boolean().optional().describe('Back up the `.git` folder. Default: true for laravel-package only.'),
  })
  .describe('What of the project is backed up.');

export type ProjectPaths = z.infer<typeof pathsSchema>;
export type ProjectInclude = z.infer<typeof includeSchema>;
