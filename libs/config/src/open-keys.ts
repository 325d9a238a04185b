import { stat } from 'node:fs/promises';
import type { HavunConfig } from './config.js';
import type { ConfigProblem } from './problem.js';

/** Files that hold a secret, and that others than their owner may read. One that is not there is told of where it is used. */
export async function openKeyWarnings({ nats, storage }: HavunConfig): Promise<ConfigProblem[]> {
  const files: [path: string, file: string | undefined][] = [
    ['nats.credentials_file', nats.credentials_file],
    ['nats.tls.key_file', nats.tls?.key_file],
    ...Object.entries(storage.offsite).map(([name, settings]): [string, string | undefined] => [
      `storage.offsite.${name}.private_key_file`,
      settings.type === 'sftp' ? settings.private_key_file : undefined,
    ]),
  ];
  const warnings = await Promise.all(
    files.map(async ([path, file]) => {
      const mode =
        file === undefined
          ? 0
          : await stat(file).then(
              (found) => found.mode,
              () => 0,
            );
      return (mode & 0o077) === 0 ? [] : [openKey(path, file ?? '', mode)];
    }),
  );
  return warnings.flat();
}

const openKey = (path: string, file: string, mode: number): ConfigProblem => ({
  path,
  message: `others than its owner may read the key ${file} (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
  remedy: `chmod 600 ${file}; a key that somebody may have read is better replaced`,
});
