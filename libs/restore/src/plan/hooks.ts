import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { searchPath } from '@havun/config';
import type { Problem } from '../problem.js';
import type { RestorePlace } from '../target.js';
import type { PlanWarning } from './restore-plan.js';

/**
 * Hooks whose program is missing. One that runs before the switch would stop the restore at its very end; one that runs after it
 * would leave a site in maintenance mode. A command is judged only where its first word alone decides whether it fails.
 */
export async function missingHooks({
  root,
  hooks,
}: Pick<RestorePlace, 'root' | 'hooks'>): Promise<{ problems: Problem[]; warnings: PlanWarning[] }> {
  const isThere = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const missing = async (commands: readonly string[]): Promise<{ command: string; program: string }[]> => {
    const found = [];
    for (const command of commands) {
      const program = firstWord(command);
      // A program inside the project may come with the restore.
      if (program === undefined || (program.includes('/') && !program.startsWith('/'))) continue;
      if (!(await canRun(program, isThere ? root : '/'))) found.push({ command, program });
    }
    return found;
  };
  return {
    problems: isThere ? (await missing(hooks.before)).map(hookMissing) : [],
    warnings: (await missing(hooks.after)).map((hook) => ({
      code: 'HOOK_MISSING',
      message: `the hook «${hook.command}» after the restore will fail: there is no ${hook.program} on this machine`,
    })),
  };
}

/** The program without which a command fails; undefined where more than the program decides. */
export function firstWord(command: string): string | undefined {
  if (/[;\n|`(){}]|(?<!&)&(?!&)/.test(command.replaceAll(/\d?>&\d/g, ''))) return undefined;
  const words = command.trim().split(/\s+/);
  const word = words.find((each) => !/^[A-Za-z_]\w*=/.test(each));
  return word !== undefined && /^[\w./+-]+$/.test(word) ? word : undefined;
}

/** Whether /bin/sh, as hooks run in it, knows a program, a built-in or a keyword. */
async function canRun(program: string, cwd: string): Promise<boolean> {
  const child = spawn('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', program], {
    cwd,
    env: { PATH: searchPath() },
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
}

const hookMissing = ({ command, program }: { command: string; program: string }): Problem => ({
  code: 'HOOK_MISSING',
  message: `the hook «${command}» can't run before the restore: there is no ${program} on this machine`,
  remedy: `Install ${program}, give its whole path, or change restore.before in the configuration.`,
  retryable: false,
});
