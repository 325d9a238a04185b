import { describe, expect, it } from '@jest/globals';
import type { Choice } from '../restore/choose-backup.js';
import type { PlannedItem } from '@havun/restore';
import type { RestoreWish } from '../restore/restore-options.js';
import { choiceLines, consequenceLines, planTable } from './restore-plan-lines.js';

const wish: RestoreWish = {
  project: 'havunadmin',
  criterion: { kind: 'latest' },
  selection: { database: true, files: 'all', config: false },
  target: { kind: 'production' },
  safetyBackup: true,
  yes: false,
};
const archive = { size: 52_500_000, sha256: '', manifestSha256: '', entries: 1203, sourceBytes: 1, encrypted: true };
const choice: Choice = {
  backup: { id: 'x', name: '2025-11-21-03-00-00-havunadmin', archive, copies: [{ storage: 'local', path: 'a.zip' }] },
  because: 'the newest backup',
  madeAt: '2025-11-21T02:00:00.000Z',
  ageSeconds: 11_520,
  isSafety: false,
  copies: [
    { storage: 'local', path: 'a.zip', verified: true },
    { storage: 'hetzner', path: 'a.zip', verified: false },
  ],
};
const items: PlannedItem[] = [
  {
    what: 'database',
    name: 'admin',
    action: 'replace',
    now: { tables: 3, rows: 40 },
    then: { tables: 3, rows: 1203 },
    kept: 'havun_kept_<time>_admin',
  },
  { what: 'files', name: 'storage/app/invoices', action: 'add', then: { files: 12, bytes: 1500 } },
  {
    what: 'files',
    name: 'old.md',
    action: 'remove',
    now: { files: 1, bytes: 3 },
    kept: '/srv/old.md.before-restore-<time>',
  },
];
const where = { timezone: 'Europe/Amsterdam', width: 200 };

describe('what is said before a restore', () => {
  it('tells which backup, why, how old, and where it lies', () => {
    const text = choiceLines(wish, choice, where).join('\n');
    expect(text).toContain('2025-11-21-03-00-00-havunadmin (the newest backup)');
    expect(text).toContain('2025-11-21 03:00:00, 3 h 12 min ago');
    expect(text).toContain('local: a.zip, hetzner: a.zip (not read back)');
    expect(text).toContain('the database and all files of havunadmin, to production');
  });

  it('tells of a backup that a restore made, for it may not be the one that is wanted', () => {
    expect(choiceLines(wish, choice, where).join('\n')).not.toContain('made by a restore');
    expect(choiceLines(wish, { ...choice, isSafety: true }, where).join('\n')).toContain('made by a restore');
  });

  it('tells of production what is kept, under which name, and the way back', () => {
    const text = consequenceLines(wish, items, { width: 200, root: '/srv/admin' }).join('\n');
    expect(text).toContain('a backup of the present state');
    expect(text).toContain('the database as havun_kept_<time>_admin');
    expect(text).toContain('havun restore:undo --project=havunadmin');
    expect(text).toContain('.env, which is replaced only with --with-env');
  });

  it('says what it can where the project can not be looked at', () => {
    const text = consequenceLines(wish, undefined, { width: 200, root: '/srv/admin' }).join('\n');
    expect(text).toContain('the database and all files in /srv/admin');
  });

  it('promises neither a kept database nor an undo where nothing is there to be replaced', () => {
    const absent: PlannedItem = { what: 'database', name: 'admin', action: 'add', then: { tables: 3, rows: 1203 } };
    const alone = consequenceLines(wish, [absent], { width: 200, root: '/srv/admin' }).join('\n');
    expect(alone).toContain('nothing, as nothing of it is there now');
    expect(alone).not.toContain('restore:undo');
    const beside = consequenceLines(wish, [absent, ...items.slice(1)], { width: 200, root: '/srv/admin' }).join('\n');
    expect(beside).toContain('There is no database admin now: none is kept');
    expect(beside).toContain('restore:undo');
    expect(beside).not.toContain('the database as');
  });

  it('says of a database whose rows nobody counted how many tables it has, and that another is not known', () => {
    const shown = planTable(
      [
        { what: 'database', name: 'counted', action: 'replace', now: { tables: 3 }, then: { tables: 3, rows: 1203 } },
        { what: 'database', name: 'hidden', action: 'unknown', then: { tables: 3, rows: 1203 } },
      ],
      200,
    ).split('\n');
    expect(shown[1]).toMatch(/replace +3 tables +3 tables, 1,203 rows/);
    expect(shown[2]).toMatch(/unknown +not known +3 tables/);
  });

  it('shows what is there and what will be, in a table that fits', () => {
    expect(planTable(items, 200).split('\n')).toEqual([
      'WHAT                  ACTION                 NOW                  THEN',
      'database admin        replace  3 tables, 40 rows  3 tables, 1,203 rows',
      'storage/app/invoices  add              not there      12 files, 1.5 kB',
      'old.md                remove         1 file, 3 B',
    ]);
    expect(
      Math.max(
        ...planTable(items, 60)
          .split('\n')
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(60);
  });
});
