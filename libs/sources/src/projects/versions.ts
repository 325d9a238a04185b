import { z } from 'zod';
import { readFixedFile } from '../files/fixed-file.js';
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
 * The runtime that a restore needs, from the project's own files: composer.lock and composer.json, package.json, .nvmrc and
 * .node-version, .git. Constraints such as ^8.2 are kept as written.
 */
export async function readVersions(
  root: string,
  signal?: AbortSignal,
): Promise<{ versions: SourceVersions; warnings: SourceWarning[] }> {
  const files = new VersionFiles(root, signal);
  const lock = await files.json('composer.lock', composerLock);
  const composer = await files.json('composer.json', composerJson);
  const manifest = await files.json('package.json', packageJson);
  const versions = {
    laravel: lock?.packages.find(({ name }) => name === 'laravel/framework')?.version,
    php: word(
      lock?.['platform-overrides']['php'],
      composer?.config.platform['php'],
      lock?.platform['php'],
      composer?.require['php'],
    ),
    node:
      (await files.firstLine('.nvmrc')) ?? (await files.firstLine('.node-version')) ?? word(manifest?.engines['node']),
    package: composer?.version ?? manifest?.version,
    git_commit: await readGitCommit(root, signal),
  };
  return { versions: defined(versions), warnings: files.warnings };
}

/** The longest version string that is accepted. */
const LONGEST = 200;

class VersionFiles {
  readonly warnings: SourceWarning[] = [];

  constructor(
    private readonly root: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async json<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const text = await this.text(file);
    if (text === undefined) return undefined;
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      this.refuse(file, 'is not valid JSON');
      return undefined;
    }
  }

  async firstLine(file: string): Promise<string | undefined> {
    const line = (await this.text(file))?.split('\n', 1)[0]?.trim();
    return line === '' ? undefined : line?.slice(0, LONGEST);
  }

  private async text(file: string): Promise<string | undefined> {
    const found = await readFixedFile(this.root, file, this.signal);
    if ('refused' in found) this.refuse(file, found.refused);
    return 'text' in found ? found.text : undefined;
  }

  private refuse(path: string, why: string): void {
    this.warnings.push({
      code: 'VERSION_UNREADABLE',
      path,
      message: `${path} ${why}, so no version was read from it`,
    });
  }
}

const word = (...candidates: unknown[]): string | undefined =>
  candidates.find((candidate) => typeof candidate === 'string');

const defined = (versions: { [Key in keyof SourceVersions]: SourceVersions[Key] | undefined }): SourceVersions =>
  Object.fromEntries(Object.entries(versions).filter(([, value]) => value !== undefined));
