import { describe, expect, it } from '@jest/globals';
import { checkText, minimal } from './testing/check-text.js';

const paths = async (text: string): Promise<string[]> => (await checkText(text)).problems.map(({ path }) => path);
const key = `SHA256:${'a'.repeat(43)}`;

describe('rules beyond the shape', () => {
  it.each([
    ['a program for a server elsewhere', 'nats: {url: nats://b, server_binary: x}', ['nats.server_binary']],
    ['a password for the embedded server', 'nats: {user: a, password: b}', ['nats.user', 'nats.password']],
    ['a password in the address', 'nats: {url: "nats://u:p@b:4222"}', ['nats.url']],
    ['a cluster of one', 'event_store: {replicas: 3}', ['event_store.replicas']],
    ['a channel without its section', 'notifications: {channels: [discord]}', ['notifications.discord']],
    ['an unknown time zone', 'timezone: Amsterdam', ['timezone']],
    ['an event store of another release', 'event_store: {type: kurrentdb}', ['event_store.type']],
  ])('refuse %s', async (_what, top, expected) => {
    expect(await paths(minimal({ top }))).toEqual(expected);
  });

  it('refuse two storages in one place', async () => {
    const box = `{type: sftp, host: box, username: u1, password: p, host_key: ${key}, path: /b}`;
    const text = (second: string): string => minimal().replace('}}', `}, offsite: {one: ${box}, two: ${second}}}`);
    expect(await paths(text(box))).toEqual(['storage.offsite.two.path']);
    expect(await paths(text(box.replace('u1', 'u2')))).toEqual([]);
  });

  it.each([
    ['nodejs-app', 'include: {database: true}', []],
    ['nodejs-app', 'include: {database: false}', []],
    ['laravel-package', '', []],
    ['laravel-package', 'include: {database: true}', ['database', 'server']],
    ['laravel-app', '', ['database', 'server']],
    ['laravel-app', 'include: {database: false}', []],
  ])('know whether a %s with "%s" needs a database server', async (type, project, missing) => {
    const text = minimal({ project }).replace('nodejs-app', type);
    expect(await paths(text)).toEqual(missing.map((each) => `projects.tool.paths.${each}`));
  });

  it('want the server of a database that a project names, and suggest the nearest', async () => {
    const text = (server: string): string =>
      minimal({ top: 'databases: {main: {type: sqlite}}' }).replace('/srv/tool', `/srv/tool, database: d${server}`);
    expect(await paths(text(''))).toEqual(['projects.tool.paths.server']);
    expect(await paths(text(', server: main'))).toEqual([]);
    const { problems } = await checkText(text(', server: Main'));
    expect(problems[0]?.message).toBe('there is no "Main" under databases: did you mean "main"?');
  });

  it('suggest the time zone whose city was given', async () => {
    const { problems } = await checkText(minimal({ top: 'timezone: amsterdam' }));
    expect(problems[0]?.message).toContain('did you mean "Europe/Amsterdam"?');
  });

  it('let a project be unencrypted only when it says so', async () => {
    const text = minimal().replace("password: 'correct horse battery'", '');
    expect(await paths(text)).toEqual(['projects.tool.encryption.password']);
    expect(await paths(text.replace('encryption: {', 'encryption: {enabled: false'))).toEqual([]);
  });
});
