import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = new URL('../../../../', import.meta.url).pathname;

export interface TestChild {
  /** Every line that it has printed. */
  readonly lines: string[];
  kill(): Promise<void>;
}

/** Bundles programs of the tests and starts them, to be killed. */
export class ChildPrograms {
  private readonly children: ChildProcess[] = [];
  private constructor(private readonly folder: string) {}

  static async create(): Promise<ChildPrograms> {
    const parent = join(root, 'node_modules/.cache');
    await mkdir(parent, { recursive: true });
    return new ChildPrograms(await mkdtemp(join(parent, 'havun-child-')));
  }

  /** @param program its source file, relative to the checkout's root */
  async start(program: string, ...args: string[]): Promise<TestChild> {
    const outfile = join(this.folder, `${basename(program, '.ts')}.mjs`);
    await build({
      absWorkingDir: root,
      entryPoints: [program],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      tsconfig: 'tsconfig.base.json',
      logLevel: 'error',
    });
    const child = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    return { lines, kill: () => killed(child) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map(killed));
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
