import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { secretsIn } from './config.js';
import { loadConfig } from './load.js';
import { checkText, loadText, withConfigFile } from './testing/check-text.js';

/** A secret wherever one can be: `planted-1`, `planted-2`, ... */
const full = `
nats: {url: 'nats://broker:4222', user: u, password: planted-1}
read_model: {type: mariadb, username: u, password: planted-2, database: d}
databases:
  maria: {type: mariadb, username: u, password: planted-3}
  mysql: {type: mysql, username: u, password: planted-4}
  postgres: {type: postgresql, username: u, password: planted-5}
storage:
  local: {path: /backups}
  offsite:
    password: {type: sftp, host: a, username: u, password: planted-6, host_key: SHA256:${'a'.repeat(43)}, path: b}
    key: {type: sftp, host: b, username: u, private_key_file: k, passphrase: planted-7, host_key: SHA256:${'a'.repeat(43)}, path: b}
projects:
  tool:
    type: nodejs-app
    schedule: 0 3 * * *
    paths: {root: /srv/tool}
    encryption: {password: planted-8}
    notifications: {slack: planted-9, discord: planted-10}
notifications:
  channels: [mail, slack, discord]
  mail: {to: ops@example.org, password: planted-11}
  slack: {webhook: planted-12}
  discord: {webhook: planted-13}
`;

const printed = (value: unknown): string =>
  [JSON.stringify(value), inspect(value, { depth: 20, showHidden: true }), String(value)].join('\n');

describe('secrets', () => {
  it('are all found for scrubbing logs', async () => {
    const expected = Array.from({ length: 13 }, (_, index) => `planted-${index + 1}`);
    expect(secretsIn(await loadText(full)).sort()).toEqual(expected.sort());
  });

  it('never show where the configuration, or one of them, is printed', async () => {
    const config = await loadText(full);
    expect(printed(config)).not.toContain('planted');
    const { password } = config.projects['tool']?.encryption ?? {};
    expect(password?.reveal()).toBe('planted-8');
    expect(String(password)).toBe('[secret]');
    expect(JSON.stringify({ password })).toBe('{"password":"[secret]"}');
  });

  it('never show in warnings', async () => {
    const check = await checkText(full, {}, 0o644);
    expect(check.warnings.length).toBeGreaterThanOrEqual(13);
    expect(printed(check)).not.toContain('planted');
  });

  it.each([
    ['has keys where a text belongs', (text: string) => text.replaceAll(/planted-\d+/g, '{planted-1: planted-2}')],
    ['is a list where a text belongs', (text: string) => text.replaceAll(/planted-\d+/g, '[planted-1]')],
    ['lies under a misspelt key', (text: string) => text.replaceAll(/(pass|web|sla|dis)(?=\w*: planted)/g, '$1x')],
    ['is of an unknown type', (text: string) => text.replaceAll(/type: (\w+)/g, 'type: planted-$1')],
    ['is no YAML', (text: string) => text.replaceAll('planted-9', '"planted-9')],
    ['stands in an address', (text: string) => text.replace('nats://broker', 'nats://u:planted-1@broker')],
  ])('never show in the error of a configuration that %s', async (_how, spoil) => {
    const error: unknown = await withConfigFile(spoil(full), (path) =>
      loadConfig({ path, env: {} }).then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false });
    const shown = [printed(error), (error as Error).stack].join('\n');
    // A key is named, and a word where a kind is due is not: neither may be followed by the value.
    expect(shown.replaceAll('{planted-1:', '')).not.toMatch(/planted-\d/);
  });
});
