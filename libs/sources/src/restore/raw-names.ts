import type { ManifestEntry } from '@havun/archive';
import { lstat, lutimes, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathOf, percentEncoded, rawOf, rawParts } from '../files/raw-name.js';
import { exists } from './live-place.js';
import { keepingTime } from './staged-links.js';

/**
 * Entries are extracted under their names in the archive, which are safe. Those that stand for other bytes get them when
 * everything below a folder is in its place. Works where nobody else can write.
 */
export class RawNames {
  /** For each folder, by its name in the archive: the names in it, and the bytes that each stands for. */
  private readonly names = new Map<string, Map<string, string>>();
  private readonly targets = new Map<string, string>();

  /** @param below its path in `part` of the folder. The names of the part, and above it, stay. */
  note({ name, rawName, target, rawTarget }: ManifestEntry, part: string, below: string): void {
    if (rawName !== undefined && below !== '') this.noteName(part, below.split('/'), rawParts(name, rawName));
    if (rawTarget === undefined) return;
    const raw = Buffer.from(rawTarget, 'hex').toString('latin1');
    // So it leads nowhere else than the text, which was checked.
    if (percentEncoded(raw) === target) this.targets.set(join(part, below), raw);
  }

  async restore(folder: string): Promise<void> {
    for (const [path, target] of this.targets) await relink(join(folder, path), target);
    const depth = (path: string) => (path === '.' ? 0 : path.split('/').length);
    for (const [path, names] of [...this.names].sort(([a], [b]) => depth(b) - depth(a))) {
      const above = join(folder, path);
      if (!(await exists(above))) continue;
      await keepingTime(above, async () => {
        for (const [name, raw] of names) await renameIn(above, name, raw);
      });
    }
  }

  private noteName(part: string, names: string[], parts: string[] | undefined): void {
    if (parts === undefined) return;
    const raws = parts.slice(-names.length);
    for (const [index, name] of names.entries()) {
      const raw = raws[index] ?? '';
      if (raw === rawOf(name)) continue;
      const above = join(part, ...names.slice(0, index));
      this.names.set(above, (this.names.get(above) ?? new Map<string, string>()).set(name, raw));
    }
  }
}

/** Leaves the name as it is where something else has those bytes. */
async function renameIn(folder: string, name: string, raw: string): Promise<void> {
  const to = pathOf(`${rawOf(folder)}/${raw}`);
  const isTaken = await lstat(to).then(
    () => true,
    () => false,
  );
  if (!isTaken && (await exists(join(folder, name)))) await rename(join(folder, name), to);
}

/** Links that were left out stay out. */
async function relink(path: string, target: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isSymbolicLink()) return;
  await keepingTime(dirname(path), async () => {
    await unlink(path);
    await symlink(pathOf(target), path);
    await lutimes(path, stats.atime, stats.mtime);
  });
}
