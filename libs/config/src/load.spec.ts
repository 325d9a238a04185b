import { describe, expect, it } from '@jest/globals';
import { projectPolicy } from './config.js';
import { loadConfig } from './load.js';
import { checkText, loadText, minimal, withConfigFile } from './testing/check-text.js';

describe('loading havun.yaml', () => {
  it('fills in every default', async () => {
    const config = await loadText(minimal());
    expect(config).toMatchObject({
      host: 'local',
      data_dir: '/var/lib/havun',
      timezone: 'Europe/Amsterdam',
      nats: { url: 'embedded' },
      event_store: { type: 'jetstream', replicas: 1 },
      read_model: { type: 'sqlite', path: '/var/lib/havun/read-model.sqlite' },
      storage: { local: { path: '/backups' } },
      scheduler: { catch_up_hours: 6 },
      runs: { max_attempts: 3 },
      uploads: { attempts: 5, first_delay_seconds: 5, max_delay_seconds: 300, wait_hours: 12 },
      monitoring: { health_check_schedule: '0 * * * *', max_backup_age_hours: 25, min_backup_size_bytes: 1024 },
      notifications: { channels: [] },
    });
    expect(config.projects['tool']).toMatchObject({
      enabled: true,
      priority: 'medium',
      host: 'local',
      include: {},
      retention: { auto_cleanup_archive: false },
      compliance: { required: false },
      encryption: { enabled: true },
    });
    expect(config.archive).toEqual({ nice: false });
  });

  it('takes relative paths from the folder that the file lies in', async () => {
    const text = `
data_dir: data
nats: {url: 'nats://broker:4222', credentials_file: keys/backup.creds}
storage:
  local: {path: ./backups}
  offsite:
    disk: {type: local, path: ../disk}
    box: {type: sftp, host: box, username: u1, private_key_file: keys/id, host_key: SHA256:${'a'.repeat(43)}, path: backups}
projects:
  tool: {type: nodejs-app, paths: {root: tool}, encryption: {enabled: false}}`;
    await withConfigFile(text, async (path, folder) => {
      const config = await loadConfig({ path, env: {} });
      expect(config.data_dir).toBe(`${folder}/data`);
      expect(config.read_model).toEqual({ type: 'sqlite', path: `${folder}/data/read-model.sqlite` });
      expect(config.nats.credentials_file).toBe(`${folder}/keys/backup.creds`);
      expect(config.storage.local.path).toBe(`${folder}/backups`);
      expect(config.storage.offsite['disk']).toEqual({ type: 'local', path: folder.replace(/\/[^/]*$/, '/disk') });
      expect(config.storage.offsite['box']).toMatchObject({ private_key_file: `${folder}/keys/id`, path: 'backups' });
      expect(config.projects['tool']?.paths.root).toBe(`${folder}/tool`);
    });
  });

  it('gives a request its policy', async () => {
    const offsite = 'disk: {type: local, path: /disk}';
    const config = await loadText(
      minimal({
        project: 'priority: high\nretention: {archive_retention_years: 3, auto_cleanup_archive: true}',
      }).replace('local: {path: /backups}', `local: {path: /backups}, offsite: {${offsite}}`),
    );
    expect(projectPolicy(config, 'tool')).toEqual({
      projectType: 'nodejs-app',
      priority: 'high',
      encrypted: true,
      retentionYears: 3,
      canAutoDelete: true,
      complianceRequired: false,
      copies: ['local', 'disk'],
    });
  });

  it('keeps what no retention is given for, also where cleaning up is allowed', async () => {
    const config = await loadText(minimal({ project: 'retention: {auto_cleanup_archive: true}' }));
    expect(projectPolicy(config, 'tool')).toMatchObject({ retentionYears: 7, canAutoDelete: false });
  });

  it('knows no project that is not in the file, whatever its name', async () => {
    const config = await loadText(minimal());
    expect(Object.keys(config.projects)).toEqual(['tool']);
    for (const name of ['other', 'constructor', '__proto__'])
      expect(() => projectPolicy(config, name)).toThrow(`"${name}" is not in the configuration`);
  });

  it('says which file it could not read', async () => {
    await expect(loadConfig({ path: '/nowhere/havun.yaml', env: {} })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: expect.stringContaining('/nowhere/havun.yaml'),
    });
  });
});

describe('warnings', () => {
  const paths = async (text: string, mode?: number): Promise<string[]> =>
    (await checkText(text, {}, mode)).warnings.map(({ path }) => path);

  it('tells of a missing offsite storage, and of a project without a schedule', async () => {
    expect(await paths(minimal())).toEqual(['storage.offsite', 'projects.tool.schedule']);
  });

  it('tells of a short passphrase, and of a cleanup that cleans nothing up', async () => {
    const text = minimal({ project: 'retention: {auto_cleanup_archive: true}' }).replace(
      'correct horse battery',
      'short',
    );
    expect(await paths(text)).toEqual(
      expect.arrayContaining(['projects.tool.encryption.password', 'projects.tool.retention.auto_cleanup_archive']),
    );
  });

  it('tells of a secret in a file that others may read, unless it came from the environment', async () => {
    const path = 'projects.tool.encryption.password';
    const asDefault = minimal().replace('correct horse battery', '${UNSET:-correct horse battery}');
    expect(await paths(minimal(), 0o644)).toContain(path);
    expect(await paths(minimal(), 0o640)).toContain(path);
    expect(await paths(asDefault, 0o644)).toContain(path);
    expect(await paths(minimal(), 0o600)).not.toContain(path);
    const check = await checkText(
      minimal().replace('correct horse battery', '${PASSPHRASE}'),
      { PASSPHRASE: 'correct horse battery' },
      0o644,
    );
    expect(check.ok).toBe(true);
    expect(check.warnings.map((each) => each.path)).not.toContain(path);
  });
});
