import { createHash } from 'node:crypto';
import { chmod, lutimes, mkdir, open, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveError, ioError } from '../archive-error.js';
import { linkStaysInside } from '../names.js';
import type { ExtractOptions, ExtractSummary, ManifestEntry } from '../types.js';
import { checkDigest } from './check-entry.js';
import { walk, type OpenedArchive } from './walk.js';

/**
 * Writes entries into a folder that it makes itself. While the walk goes on there are only folders and regular files, so
 * nothing can be written through a link; links, then modes and times of folders (deepest first) come last.
 */
class Extraction {
  private readonly made = new Set<string>();
  private readonly folders: ManifestEntry[] = [];
  private readonly links: ManifestEntry[] = [];
  readonly skippedLinks: { name: string; target: string }[] = [];

  constructor(
    private readonly to: string,
    private readonly unsafeLinks: 'refuse' | 'skip',
  ) {}

  async visit(listed: ManifestEntry, plain: AsyncIterable<Buffer>): Promise<void> {
    if (listed.type === 'file') {
      await this.makeFolder(dirname(listed.name));
      await this.writeFile(listed, plain);
    } else if (listed.type === 'symlink') {
      await this.noteLink(listed, plain);
    } else {
      for await (const _ of plain);
      await this.makeFolder(listed.name);
      this.folders.push(listed);
    }
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

  private async writeFile({ name, mode, mtime }: ManifestEntry, plain: AsyncIterable<Buffer>): Promise<void> {
    const file = await open(join(this.to, name), 'wx', 0o600);
    try {
      for await (const chunk of plain) await writeFully(file, chunk);
      await file.chmod(mode);
      await file.utimes(mtime, mtime);
    } finally {
      await file.close();
    }
  }

  private async noteLink(listed: ManifestEntry, plain: AsyncIterable<Buffer>): Promise<void> {
    const { name, target = '' } = listed;
    for await (const _ of plain);
    checkDigest(listed, createHash('sha256').update(target).digest('hex'));
    if (linkStaysInside(name, target)) this.links.push(listed);
    else if (this.unsafeLinks === 'skip') this.skippedLinks.push({ name, target });
    else throw new ArchiveError('UNSAFE_ENTRY', `the link "${name}" leaves the folder: it points to "${target}"`);
  }
}

const writeFully = async (file: Awaited<ReturnType<typeof open>>, data: Buffer): Promise<void> => {
  for (let at = 0; at < data.length;) at += (await file.write(data, at)).bytesWritten;
};

/** Extracts and verifies in one pass. `to` must not exist; it is removed again on any error. */
export const extractArchive = async (
  archive: OpenedArchive,
  to: string,
  options: ExtractOptions,
): Promise<ExtractSummary> => {
  await mkdir(to, { mode: 0o700 }).catch((error: unknown) => {
    throw ioError(error, to);
  });
  const extraction = new Extraction(to, options.unsafeLinks ?? 'refuse');
  try {
    const summary = await walk(archive, {
      visit: (listed, plain) => extraction.visit(listed, plain),
      select: options.only ?? (() => true),
      signal: options.signal,
      onProgress: options.onProgress,
    });
    await extraction.finish();
    return { ...summary, skippedLinks: extraction.skippedLinks };
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw ioError(error, to);
  }
};
