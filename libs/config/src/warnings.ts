import { Secret } from '@havun/storage';
import type { HavunConfig } from './config.js';
import { pathText, type ConfigProblem, type Path } from './problem.js';
import type { Substituted } from './variables.js';

const shortestGoodPassphrase = 12;

/** What works, and a person should look at all the same. `mode` is the file's. */
export function warningsOf(config: HavunConfig, { fromVariables }: Substituted, mode: number): ConfigProblem[] {
  return [
    ...(Object.keys(config.storage.offsite).length === 0 ? [noOffsite] : []),
    ...Object.entries(config.projects).flatMap(([name, { enabled, schedule, encryption }]) => [
      ...(enabled && schedule === undefined
        ? [{ path: `projects.${name}.schedule`, message: 'is not given: this project is backed up by hand only' }]
        : []),
      ...(encryption.enabled && (encryption.password?.reveal().length ?? 0) < shortestGoodPassphrase
        ? [
            {
              path: `projects.${name}.encryption.password`,
              message: `has fewer than ${shortestGoodPassphrase} characters: whoever gets an archive can try them all`,
            },
          ]
        : []),
    ]),
    ...((mode & 0o077) === 0 ? [] : literalSecrets(config, [], fromVariables)),
  ];
}

const noOffsite: ConfigProblem = {
  path: 'storage.offsite',
  message: 'there is none: a fire, a thief or ransomware on this machine takes the backups along',
  remedy: 'add a storage on another machine',
};

function literalSecrets(value: unknown, path: Path, fromVariables: ReadonlySet<string>): ConfigProblem[] {
  if (value instanceof Secret) {
    return fromVariables.has(pathText(path))
      ? []
      : [
          {
            path: pathText(path),
            message: 'stands in a file that others may read',
            remedy: 'chmod 600 the file, or put the secret into an environment variable',
          },
        ];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => literalSecrets(item, [...path, key], fromVariables));
}
