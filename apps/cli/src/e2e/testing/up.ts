import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Site } from './site.js';

/** A stack that is held up, so that commands are quick. */
export interface Up {
  readonly pid: number;
  /** What it has said. */
  log(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const bundle = fileURLToPath(new URL('../../../../../dist/apps/cli/main.js', import.meta.url));

/** `havun up` in a site's folder; resolves once commands may come. */
export async function launchUp({ folder }: Site): Promise<Up> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', process.execPath, bundle, 'up'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const isUp = new Promise<void>((resolve, reject) => {
    const listen = (text: string): void => {
      said += text;
      if (said.includes('The stack is up')) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('exit', () => {
      reject(new Error(`havun up ended:\n${said}`));
    });
  });
  const exited = once(child, 'close');
  await isUp;
  return {
    pid: child.pid!,
    log: () => said,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await exited;
    },
  };
}
