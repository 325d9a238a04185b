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

  it('refuse a pattern that says what is not wanted', async () => {
    const project = (files: string): string => minimal({ project: `include: {files: [${files}]}` });
    const { problems } = await checkText(project(`'!**/*.log', src, {path: 'app/!(node_modules)/**', optional: true}`));
    expect(problems.map(({ path }) => path)).toEqual([
      'projects.tool.include.files.0',
      'projects.tool.include.files.2.path',
    ]);
    expect(problems[0]?.remedy).toContain('that are wanted');
    expect(await paths(project(`'[!.]*', './!odd', 'a!b'`))).toEqual([]);
    expect(await paths(minimal().replace('/srv/tool', `/srv/tool, json_databases: ['!a.json']`))).toEqual([
      'projects.tool.paths.json_databases.0',
    ]);
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

  it('let nothing thin out or delete what must be kept, and say what to change', async () => {
    const retention = (settings: string, compliance = ''): string =>
      minimal({ project: `retention: {${settings}}\n${compliance}` });
    const keep = 'hot_retention_days: 30, keep: {daily: 7}';
    const problemsOf = async (text: string) =>
      (await checkText(text)).problems.map(({ path, remedy }) => [
        path.replace('projects.tool.retention.', ''),
        remedy,
      ]);
    expect(await problemsOf(retention(keep))).toEqual([['keep', 'remove keep, or set auto_cleanup_archive to true']]);
    expect(await problemsOf(retention(keep, 'compliance: {required: true}'))).toEqual([
      ['keep', 'remove keep, or set compliance.required to false'],
    ]);
    expect(await problemsOf(retention('auto_cleanup_archive: true', 'compliance: {required: true}'))).toEqual([
      ['auto_cleanup_archive', 'set it to false, or compliance.required to false'],
    ]);
    expect(await problemsOf(retention(`${keep}, auto_cleanup_archive: true`))).toEqual([]);
  });

  it.each(['0', '30d', '-1', '1.5', 'forever', "'30'", 'true', 'null', '[30]'])(
    'refuse %s as hot_retention_days, and say what it may be',
    async (value) => {
      const { problems } = await checkText(minimal({ project: `retention: {hot_retention_days: ${value}}` }));
      expect(problems).toMatchObject([
        {
          path: 'projects.tool.retention.hot_retention_days',
          message: expect.stringMatching(/^must be (more than 0|a (whole )?number)/),
          remedy: 'give whole days, such as 30; without the key, backups stay in hot storage for ever',
        },
      ]);
    },
  );

  it('warn where a setting of retention has no effect without another', async () => {
    const warned = async (settings: string): Promise<string[]> =>
      (await checkText(minimal({ project: `retention: {${settings}}` }))).warnings.map(({ path }) => path);
    const [cleanup, keep] = ['auto_cleanup_archive', 'keep'].map((key) => `projects.tool.retention.${key}`);
    expect(await warned('auto_cleanup_archive: false')).not.toContain(cleanup);
    expect(await warned('auto_cleanup_archive: true')).toContain(cleanup);
    expect(await warned('auto_cleanup_archive: true, archive_retention_years: 1')).not.toContain(cleanup);
    expect(await warned('auto_cleanup_archive: true, keep: {last: 3}')).toContain(keep);
    expect(await warned('auto_cleanup_archive: true, keep: {last: 3}, hot_retention_days: 9')).not.toContain(keep);
  });

  it('refuse a misspelt key of retention, which would else keep or delete something without a word', async () => {
    const { problems } = await checkText(minimal({ project: 'retention: {hot_retention_day: 30}' }));
    expect(problems[0]?.message).toBe('unknown key "hot_retention_day": did you mean "hot_retention_days"?');
    expect(await paths(minimal({ top: 'retention: {schedule: daily}' }))).toEqual(['retention.schedule']);
  });
});
