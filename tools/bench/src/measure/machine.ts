import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryBytes: number;
  readonly system: string;
  /** Average number of running processes over 1, 5 and 15 minutes. */
  readonly loadBefore: readonly number[];
}

export const machine = (): Machine => ({
  date: new Date().toISOString(),
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryBytes: totalmem(),
  system: `Linux ${release()}`,
  loadBefore: loadavg(),
});

/** With a higher load per core, the contenders' times differ by chance. */
export const isBusy = ({ loadBefore, cores }: Machine): boolean => loadBefore[0]! > cores * 0.5;

/** The measured commit, with «-dirty» where files were changed since; undefined outside a checkout. */
export function revision(): string | undefined {
  try {
    const args = ['describe', '--always', '--dirty', '--exclude=*'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
