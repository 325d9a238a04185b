import { pathText, type ConfigProblem, type Path } from './problem.js';

interface IdleKey {
  /** As in the file; `*` stands for any name. Everything below it has no effect either. */
  readonly key: string;
  /** Why it has no effect, or what happens nevertheless. */
  readonly message: string;
}

/** Keys that the configuration allows and nothing acts on yet. Whoever implements a key removes it here. */
export const idleKeys: readonly IdleKey[] = [
  { key: 'monitoring', message: 'there is no automatic check yet of whether backups exist and how old they are' },
  { key: 'notifications', message: 'no notifications are sent yet' },
  { key: 'projects.*.notifications', message: 'no notifications are sent yet' },
  { key: 'projects.*.priority', message: 'is recorded with each backup, but nothing uses it yet' },
  { key: 'projects.*.compliance.data_classification', message: 'nothing reads it yet' },
];

/** A warning for each key without effect that the file has, at its first occurrence. */
export function idleKeyWarnings(data: unknown): ConfigProblem[] {
  return idleKeys.flatMap(({ key, message }) => {
    const [first, ...others] = placesOf(data, key.split('.'));
    if (!first) return [];
    const also = others.length === 0 ? '' : ` (${others.length} more like it)`;
    return [{ path: pathText(first.path), message: `has no effect: ${message}${also}` }];
  });
}

function placesOf(data: unknown, [name, ...below]: readonly string[], path: Path = []): { path: Path }[] {
  if (name === undefined) return [{ path }];
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data)
    .filter(([key]) => name === '*' || key === name)
    .flatMap(([key, value]) => placesOf(value, below, [...path, key]));
}
