import { Secret } from '@havun/storage';
import type { HavunConfig, ProjectConfig } from './config.js';
import { idleKeyWarnings } from './idle-keys.js';
import { pathText, type ConfigProblem, type Path } from './problem.js';
import type { Substituted } from './variables.js';

const shortestGoodPassphrase = 12;

/** Things that work, but that a person should look at. `mode` is the file's. */
export function warningsOf(config: HavunConfig, { data, fromEnvironment }: Substituted, mode: number): ConfigProblem[] {
  const isPrivate = (mode & 0o077) === 0;
  return [
    ...(Object.keys(config.storage.offsite).length === 0 ? [noOffsite] : []),
    ...Object.entries(config.projects).flatMap(([name, project]) => projectWarnings(`projects.${name}`, project)),
    ...idleKeyWarnings(data),
    ...(isPrivate ? [] : literalSecrets(config, [], fromEnvironment)),
  ];
}

const noOffsite: ConfigProblem = {
  path: 'storage.offsite',
  message: 'there is none: a fire, a thief or ransomware takes this machine together with its backups',
  remedy: 'add a storage on another machine',
};

function projectWarnings(path: string, { enabled, schedule, encryption, retention }: ProjectConfig): ConfigProblem[] {
  const password = encryption.enabled ? encryption.password?.reveal() : undefined;
  const warnings: ConfigProblem[] = [];
  if (enabled && schedule === undefined)
    warnings.push({ path: `${path}.schedule`, message: 'is not given: this project is backed up by hand only' });
  if (password !== undefined && password.length < shortestGoodPassphrase)
    warnings.push({
      path: `${path}.encryption.password`,
      message: `has fewer than ${shortestGoodPassphrase} characters: whoever gets an archive can try them all`,
    });
  if (retention.auto_cleanup_archive && retention.archive_retention_years === undefined)
    warnings.push({
      path: `${path}.retention.auto_cleanup_archive`,
      message: 'has no effect without archive_retention_years: everything is kept',
    });
  if (retention.keep && retention.hot_retention_days === undefined)
    warnings.push({
      path: `${path}.retention.keep`,
      message: 'has no effect without hot_retention_days: every backup stays in hot storage',
    });
  return warnings;
}

function literalSecrets(value: unknown, path: Path, fromEnvironment: ReadonlySet<string>): ConfigProblem[] {
  if (value instanceof Secret) return fromEnvironment.has(pathText(path)) ? [] : [literal(path)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => literalSecrets(item, [...path, key], fromEnvironment));
}

const literal = (path: Path): ConfigProblem => ({
  path: pathText(path),
  message: 'is a secret in a file that others may read',
  remedy: 'chmod 600 the file, or put the secret into an environment variable',
});
