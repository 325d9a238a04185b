import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { testConfig } from '../testing/test-config.js';
import { readRestoreOptions, type RestoreOptions } from './restore-options.js';

let config: HavunConfig;
beforeAll(async () => {
  config = await testConfig();
});

const read = (options: RestoreOptions) =>
  readRestoreOptions({ project: 'havunadmin', ...options }, { config, cwd: '/home/ops' });
const wishOf = (options: RestoreOptions) => {
  const result = read(options);
  return 'wish' in result ? result.wish : result.problems.map(({ code }) => code);
};
const codesOf = (options: RestoreOptions): readonly string[] => {
  const result = read(options);
  return 'problems' in result ? result.problems.map(({ code }) => code) : [];
};

describe('what a restore is asked for with', () => {
  it('is production, all of it but .env, with a safety backup, where nothing else is said', () => {
    expect(wishOf({ latest: true })).toEqual({
      project: 'havunadmin',
      criterion: { kind: 'latest' },
      selection: { database: true, files: 'all', config: false },
      target: { kind: 'production' },
      safetyBackup: true,
      yes: false,
    });
  });

  it.each([
    ['2025-11-21-03-00-00-havunadmin', '2025-11-21-03-00-00-havunadmin'],
    ['2025-11-21-03-00-00', '2025-11-21-03-00-00'],
    ['2025-11-21 03:00:00', '2025-11-21-03-00-00'],
    ['2025-11-21T03:00:00', '2025-11-21-03-00-00'],
  ])('may be a backup by the name "%s"', (backup, name) => {
    expect(wishOf({ backup })).toMatchObject({ criterion: { kind: 'name', name } });
  });

  it('takes a day that there is, and no other', () => {
    expect(wishOf({ date: '2024-02-29' })).toMatchObject({ criterion: { kind: 'date', date: '2024-02-29' } });
    for (const date of ['2025-02-29', '2025-13-01', '2025-1-1', '21-11-2025', 'yesterday', '']) {
      expect(codesOf({ date })).toEqual(['NOT_A_DATE']);
    }
  });

  it('makes a folder absolute where the command was typed', () => {
    expect(wishOf({ latest: true, to: 'look' })).toMatchObject({ target: { kind: 'folder', path: '/home/ops/look' } });
    expect(wishOf({ latest: true, to: '/srv/look' })).toMatchObject({ target: { path: '/srv/look' } });
    expect(codesOf({ project: 'elsewhere', latest: true, to: 'look' })).toEqual(['NOT_ABSOLUTE']);
  });

  it('backs nothing up first where production is not touched, or where that is asked for', () => {
    expect(wishOf({ latest: true, to: 'look' })).toMatchObject({ safetyBackup: false });
    expect(wishOf({ latest: true, skipSafetyBackup: true })).toMatchObject({ safetyBackup: false });
  });

  it('has a reason only where one was given', () => {
    expect(wishOf({ latest: true, yes: true, reason: '  ' })).not.toHaveProperty('reason');
    expect(wishOf({ latest: true, yes: true, reason: ' disk lost ' })).toMatchObject({ reason: 'disk lost' });
  });
});

describe('a restore that makes no sense', () => {
  it('is told everything at once', () => {
    const options = { project: 'havunadmn', latest: true, date: 'x', only: ['/etc'], to: 'a', test: true };
    expect(codesOf(options)).toEqual(['UNKNOWN_PROJECT', 'TWO_BACKUPS', 'PATH_OUTSIDE_ROOT', 'TWO_TARGETS']);
  });

  it.each<[string, RestoreOptions, string]>([
    ['names no project', { project: '', latest: true }, 'UNKNOWN_PROJECT'],
    ['names no backup', {}, 'NO_BACKUP_CHOSEN'],
    ['names what is no backup', { backup: 'the-last-one' }, 'NOT_A_BACKUP'],
    ['names a restore', { backup: 'restore-2025-11-21-03-00-00-havunadmin' }, 'NOT_A_BACKUP'],
    ["names another project's backup", { backup: '2025-11-21-03-00-00-elsewhere' }, 'OTHER_PROJECT'],
    [
      'goes to a test environment that is not there',
      { project: 'elsewhere', latest: true, test: true },
      'NO_TEST_ENVIRONMENT',
    ],
    ['wants a database where the test environment has none', { latest: true, test: true }, 'NO_TEST_DATABASE'],
    ['goes to a folder without a name', { latest: true, to: '' }, 'NO_FOLDER'],
  ])('because it %s is refused', (_, options, code) => {
    expect(codesOf(options)).toEqual([code]);
  });

  it('says what to write for a test environment', () => {
    const result = read({ project: 'elsewhere', latest: true, test: true });
    expect('problems' in result && result.problems[0]?.remedy).toContain('projects.elsewhere.test: {root: ');
    expect(wishOf({ latest: true, test: true, only: ['files'] })).toMatchObject({ target: { kind: 'test' } });
  });
});
