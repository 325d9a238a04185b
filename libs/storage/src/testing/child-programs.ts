import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = new URL('../../../../', import.meta.url).pathname;

export interface TestChild {
  readonly pid: number;
  /** Settles once the program has printed a line this many times. */
  printed(line: string, times?: number): Promise<void>;
  kill(): Promise<void>;
}

/** Bundles one of the programs beside this file, and starts it any number of times, to be killed. */
export class ChildPrograms {
  private readonly children: ChildProcess[] = [];
  private constructor(
    private readonly folder: string,
    private readonly program: string,
  ) {}

  static async of(program: string): Promise<ChildPrograms> {
    const parent = join(root, 'node_modules/.cache');
    await mkdir(parent, { recursive: true });
    const folder = await mkdtemp(join(parent, 'havun-storage-'));
    const { threads } = (await import(`${root}tools/build/threads.mjs`)) as { threads: Plugin };
    await build({
      absWorkingDir: root,
      entryPoints: [`libs/storage/src/testing/${program}.ts`],
      outfile: join(folder, 'program.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      tsconfig: 'tsconfig.base.json',
      plugins: [threads],
      logLevel: 'error',
    });
    return new ChildPrograms(folder, join(folder, 'program.mjs'));
  }

  start(settings: object): TestChild {
    const child = spawn(process.execPath, [this.program, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.children.push(child);
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    const printed = async (line: string, times = 1): Promise<void> => {
      while (lines.filter((each) => each === line).length < times) {
        if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return { pid: child.pid!, printed, kill: () => killed(child) };
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
