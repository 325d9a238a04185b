import { isAbsolute, resolve, win32 } from 'node:path';
import type { ConfigProblem } from './problem.js';

/** Keys that hold a path on this machine; `*` stands for any name. A storage's `path` is one only where its type is `local`. */
const pathKeys = [
  'data_dir',
  'nats.credentials_file',
  'nats.tls.ca_file',
  'nats.tls.cert_file',
  'nats.tls.key_file',
  'read_model.path',
  'databases.*.folder',
  'databases.*.ssl.ca_file',
  'storage.local.path',
  'storage.offsite.*.private_key_file',
  'projects.*.paths.root',
  'projects.*.test.root',
];

/** Makes relative paths absolute: they are relative to the folder of the file. */
export function withAbsolutePaths(data: unknown, folder: string): { data: unknown; problems: ConfigProblem[] } {
  const copy = structuredClone(data);
  const problems: ConfigProblem[] = [];
  for (const { holder, key, path } of [...pathKeys.flatMap((each) => holders(copy, each)), ...localStorages(copy)]) {
    const value = holder[key];
    if (typeof value !== 'string' || isAbsolute(value) || win32.isAbsolute(value)) continue;
    if (value.startsWith('~')) problems.push({ path, message: '"~" is not expanded here: write the whole path' });
    if (value !== '') holder[key] = resolve(folder, value);
  }
  return { data: copy, problems };
}

interface Holder {
  readonly holder: Record<string, unknown>;
  readonly key: string;
  readonly path: string;
}

/** Where the data have a key of the list: one place, several for `*`, or none. */
function holders(data: unknown, pathKey: string): Holder[] {
  const parts = pathKey.split('.');
  const key = parts.pop() ?? '';
  let found: { value: unknown; path: string[] }[] = [{ value: data, path: [] }];
  for (const part of parts) {
    found = found.flatMap(({ value, path }) =>
      Object.entries(asSection(value) ?? {})
        .filter(([name]) => part === '*' || part === name)
        .map(([name, child]) => ({ value: child, path: [...path, name] })),
    );
  }
  return found.flatMap(({ value, path }) => {
    const holder = asSection(value);
    return holder && Object.hasOwn(holder, key) ? [{ holder, key, path: [...path, key].join('.') }] : [];
  });
}

const localStorages = (data: unknown): Holder[] =>
  holders(data, 'storage.offsite.*.path').filter(({ holder }) => holder['type'] === 'local');

const asSection = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
