import { createHash } from 'node:crypto';
import { chmod, lutimes, mkdir, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveError, ioError } from '../archive-error.js';
import { linkStaysInside } from '../names.js';
import type { ExtractOptions, ExtractSummary, ManifestEntry } from '../types.js';
import { checkDigest } from './check-entry.js';
import type { OpenedArchive } from './pairs.js';
import { walk } from './walk.js';

/**
 * Writes entries into a folder that it makes itself. During the walk there are only folders and regular files, so nothing can be
 * written through a link. Links come last, then modes and times of folders (deepest first).
 */
class Extraction {
  private readonly made = new Set<string>();
  private readonly folders: ManifestEntry[] = [];
  private readonly links: ManifestEntry[] = [];
  readonly skippedLinks: { name: string; target: string }[] = [];
  setIdsDropped = 0;

  constructor(
    private readonly to: string,
    private readonly unsafeLinks: 'refuse' | 'skip',
    private readonly modes: number,
  ) {}

  async prepare({ type, name, mode }: ManifestEntry): Promise<void> {
    if (type === 'file' && (mode & ~this.modes) !== 0) this.setIdsDropped += 1;
    if (type === 'file') await this.makeFolder(dirname(name));
    if (type === 'directory') await this.makeFolder(name);
  }

  visit(listed: ManifestEntry): void {
    if (listed.type === 'directory') this.folders.push(listed);
    else this.noteLink(listed);
  }

  async finish(): Promise<void> {
    for (const { name, mtime, target = '' } of this.links) {
      await this.makeFolder(dirname(name));
      await symlink(target, join(this.to, name));
      await lutimes(join(this.to, name), mtime, mtime);
    }
    const depth = ({ name }: ManifestEntry): number => name.split('/').length;
    for (const { name, mode, mtime } of this.folders.sort((a, b) => depth(b) - depth(a))) {
      await chmod(join(this.to, name), mode);
      await utimes(join(this.to, name), mtime, mtime);
    }
  }

  private async makeFolder(name: string): Promise<void> {
    if (name === '.' || this.made.has(name)) return;
    await mkdir(join(this.to, name), { recursive: true, mode: 0o755 });
    this.made.add(name);
  }

  private noteLink(listed: ManifestEntry): void {
    const { name, target = '' } = listed;
    checkDigest(listed, createHash('sha256').update(target).digest('hex'));
    if (linkStaysInside(name, target)) this.links.push(listed);
    else if (this.unsafeLinks === 'skip') this.skippedLinks.push({ name, target });
    else throw new ArchiveError('UNSAFE_ENTRY', `the link "${name}" leaves the folder: it points to "${target}"`);
  }
}

/** Extracts and verifies in one pass. `to` must not exist; it is removed again on any error. */
export const extractArchive = async (
  archive: OpenedArchive,
  to: string,
  options: ExtractOptions,
): Promise<ExtractSummary> => {
  await mkdir(to, { mode: 0o700 }).catch((error: unknown) => {
    throw ioError(error, to);
  });
  const modes = options.setIds === 'drop' ? 0o1777 : 0o7777;
  const extraction = new Extraction(to, options.unsafeLinks ?? 'refuse', modes);
  try {
    const summary = await walk(archive, {
      to,
      modes,
      prepare: (listed) => extraction.prepare(listed),
      visit: (listed) => {
        extraction.visit(listed);
      },
      select: options.only ?? (() => true),
      signal: options.signal,
      onProgress: options.onProgress,
    });
    await extraction.finish();
    return { ...summary, skippedLinks: extraction.skippedLinks, setIdsDropped: extraction.setIdsDropped };
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw ioError(error, to);
  }
};
