import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from './problem.js';
import type { Environment } from './variables.js';

/** The environment of this process: the only place that reads it (D18). */
export const environment = (): Environment => process.env;

/** Where to look for programs, in the format of PATH. */
export const searchPath = (): string => process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';

export interface Search {
  /** The value of `--config`. */
  readonly flag?: string;
  readonly env: Environment;
  readonly cwd: string;
}

/** `--config`, else `HAVUN_CONFIG`, else `./havun.yaml`, else `/etc/havun/havun.yaml`. @throws ConfigError CONFIG_NOT_FOUND */
export function findConfigFile({ flag, env, cwd }: Search): string {
  const named = flag ?? (env['HAVUN_CONFIG'] === '' ? undefined : env['HAVUN_CONFIG']);
  const candidates = named === undefined ? ['havun.yaml', '/etc/havun/havun.yaml'] : [named];
  const paths = candidates.map((candidate) => resolve(cwd, candidate));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new ConfigError(
    'CONFIG_NOT_FOUND',
    `There is no configuration: ${paths.join(' and ')} ${paths.length === 1 ? 'does' : 'do'} not exist`,
    'Copy config/havun.example.yaml to havun.yaml and adapt it, or give its path with --config or HAVUN_CONFIG.',
  );
}
