import { createHmac } from 'node:crypto';
import { Secret } from '@havun/storage';
import type { HavunConfig } from './config.js';

/** What a running program stands on. Everything else may change while it runs. */
const fixedKeys = ['data_dir', 'host', 'nats', 'event_store'] as const;

/** The keys that differ and can't change while a program runs. */
export const changedFixedKeys = (before: HavunConfig, after: HavunConfig): string[] =>
  fixedKeys.filter((key) => canonical(before[key]) !== canonical(after[key]));

/** Keys that no program acts on: the variables of a crontab and of a unit may differ there, and nothing else does. */
export const withoutEffect = ['monitoring', 'notifications', 'projects.*.notifications'] as const;

/**
 * The same for configurations that act in the same way, secrets included, and of no use to who does not have `key`.
 * Hexadecimal.
 */
export const configFingerprint = (config: HavunConfig, key: string): string =>
  createHmac('sha256', key)
    .update(canonical(effective(config)))
    .digest('hex');

const effective = ({ monitoring: _, notifications: __, projects, ...rest }: HavunConfig): object => ({
  ...rest,
  projects: Object.fromEntries(
    Object.entries(projects).map(([name, { notifications: ___, ...project }]) => [name, project]),
  ),
});

/** As JSON, with the keys of every section in one order, and with its secrets. */
function canonical(value: unknown): string {
  if (value instanceof Secret) return JSON.stringify({ secret: value.reveal() });
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
