import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a command said and how it ended. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HavunOptions {
  /** The folder that the command is typed in. */
  readonly cwd: string;
  /** Variables beside those of the test's own process, which may hold none of HavunCore's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The user and group to run as; who runs the tests unless given. */
  readonly as?: { readonly uid: number; readonly gid: number };
  /** Told the process id as soon as there is one. */
  readonly onStart?: (pid: number) => void;
}

/** The built command line: `tools/build/bundle.mjs` makes it. */
const bundle = fileURLToPath(new URL('../../../../../dist/apps/cli/main.js', import.meta.url));

/** Runs `havun` with these arguments as a process of its own, to its end, as a crontab would: no terminal, no input. */
export async function havun(args: readonly string[], { cwd, env = {}, as, onStart }: HavunOptions): Promise<Answer> {
  // Should the test's process die, its commands and their NATS servers go with it.
  const user = as ? [`--reuid=${as.uid}`, `--regid=${as.gid}`, '--clear-groups'] : [];
  const child = spawn('setpriv', [...user, '--pdeathsig', 'TERM', '--', process.execPath, bundle, ...args], {
    cwd,
    env: { ...ownEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  await once(child, 'spawn');
  onStart?.(child.pid!);
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  if (exitCode === null) throw new Error(`havun ${args.join(' ')} was ended by ${String(signal)}:\n${text(err)}`);
  return { exitCode, stdout: text(out), stderr: text(err) };
}

/** The one JSON document that a command with `--json` answers. @throws with all it said where it is something else */
export function jsonOf({ stdout, stderr, exitCode }: Answer): unknown {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`not one JSON document (exit code ${exitCode}):\n${stdout}\n${stderr}`, { cause });
  }
}

/** Without what would change the answers: a configuration of the person who runs the tests, options of Jest's Node, colours. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { HAVUN_CONFIG: _config, NODE_OPTIONS: _options, FORCE_COLOR: _colour, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1' };
}
