import { readFile, stat } from 'node:fs/promises';
import { isInside } from './live-place.js';

/** Where file systems are mounted. No rename crosses a mount point, even between two mounts of one file system. */
export class Mounts {
  private constructor(private readonly points: readonly string[]) {}

  /** Empty where the system does not report mounts; then only device numbers are compared. */
  static async read(): Promise<Mounts> {
    const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
    return new Mounts(
      table
        .split('\n')
        .map(mountPoint)
        .filter((point) => point !== ''),
    );
  }

  isPoint(path: string): boolean {
    return this.points.includes(path);
  }

  /** A mount point below a folder. */
  below(folder: string): string | undefined {
    return this.points.find((point) => point !== folder && isInside(folder, point));
  }

  /** Equal for two folders exactly when files can be renamed from one into the other. */
  async diskOf(folder: string): Promise<string> {
    const above = this.points.filter((point) => isInside(point, folder));
    const mount = above.reduce((deepest, point) => (point.length > deepest.length ? point : deepest), '');
    return `${(await stat(folder)).dev}:${mount}`;
  }
}

/** The fifth field of a line of proc_pid_mountinfo(5), in which blanks are written as \040. */
const mountPoint = (line: string): string =>
  (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
