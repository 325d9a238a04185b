import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { startServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';

it('a server says why it ended instead of becoming ready', async () => {
  const folder = await temporaryFolder('havun-process-');
  const args = ['-c', 'echo first; echo the reason >&2; exit 3'];
  const logFile = join(folder.path, 'log');
  const launch = { program: 'sh', args, logFile, isReady: () => Promise.resolve(false) };
  await expect(startServerProcess(launch)).rejects.toThrow(/first\nthe reason/);
  await expect(startServerProcess({ ...launch, program: 'no-such-server' })).rejects.toThrow(/no-such-server/);
  await folder.remove();
});

it('a server does not outlive the process that started it, even when that is killed', async () => {
  const folder = await temporaryFolder('havun-process-');
  const outfile = join(folder.path, 'server-process.mjs');
  const entryPoint = fileURLToPath(new URL('server-process.ts', import.meta.url));
  await build({ entryPoints: [entryPoint], outfile, bundle: true, platform: 'node', format: 'esm' });
  const program = `
    import { startServerProcess } from '${outfile}';
    const isReady = async () => true;
    const logFile = '${join(folder.path, 'log')}';
    console.log((await startServerProcess({ program: 'sleep', args: ['600'], logFile, isReady })).pid);
    setInterval(() => undefined, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  const isAlive = (): boolean => existsSync(`/proc/${Number(line.toString())}`);
  expect(isAlive()).toBe(true);
  starter.kill('SIGKILL');
  while (isAlive()) await pause(20);
  await folder.remove();
});
