import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SourceVersions, SourceWarning } from '../source.js';
import { readGitCommit } from './git-commit.js';

const words = z.record(z.string(), z.unknown()).catch({});
const composerLock = z.object({
  packages: z.array(z.object({ name: z.string(), version: z.string() })).catch([]),
  platform: words,
  'platform-overrides': words,
});
const composerJson = z.object({
  version: z.string().optional(),
  require: words,
  config: z.object({ platform: words }).catch({ platform: {} }),
});
const packageJson = z.object({ version: z.string().optional(), engines: words });

/**
 * What a restore needs to know about the runtime, from the project's own files: composer.lock and composer.json,
 * package.json, .nvmrc and .node-version, .git. Constraints such as ^8.2 are given as they are written.
 */
export async function readVersions(root: string): Promise<{ versions: SourceVersions; warnings: SourceWarning[] }> {
  const warnings: SourceWarning[] = [];
  const read = <T>(file: string, schema: z.ZodType<T>) => readJson(root, file, schema, warnings);
  const lock = await read('composer.lock', composerLock);
  const composer = await read('composer.json', composerJson);
  const manifest = await read('package.json', packageJson);
  const versions = {
    laravel: lock?.packages.find(({ name }) => name === 'laravel/framework')?.version,
    php: word(
      lock?.['platform-overrides']['php'],
      composer?.config.platform['php'],
      lock?.platform['php'],
      composer?.require['php'],
    ),
    node:
      (await firstLine(root, '.nvmrc')) ?? (await firstLine(root, '.node-version')) ?? word(manifest?.engines['node']),
    package: composer?.version ?? manifest?.version,
    git_commit: await readGitCommit(root),
  };
  return { versions: defined(versions), warnings };
}

async function readJson<T>(
  root: string,
  file: string,
  schema: z.ZodType<T>,
  warnings: SourceWarning[],
): Promise<T | undefined> {
  const text = await readFile(join(root, file), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    warnings.push({
      code: 'VERSION_UNREADABLE',
      path: file,
      message: `${file} is not valid JSON, so no version was read from it`,
    });
    return undefined;
  }
}

async function firstLine(root: string, file: string): Promise<string | undefined> {
  const text = await readFile(join(root, file), 'utf8').catch(() => '');
  const line = text.split('\n')[0]?.trim();
  return line === '' ? undefined : line;
}

const word = (...candidates: unknown[]): string | undefined =>
  candidates.find((candidate) => typeof candidate === 'string');

const defined = (versions: { [Key in keyof SourceVersions]: SourceVersions[Key] | undefined }): SourceVersions =>
  Object.fromEntries(Object.entries(versions).filter(([, value]) => value !== undefined));
