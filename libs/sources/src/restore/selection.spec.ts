import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { archiveName } from '../projects/project-type.js';
import { projectTypes } from '../projects/project-types.js';
import { backedUp, entryOf } from './archived-entry.js';
import { isOurs, keptPath } from './kept-name.js';
import { parseOnly } from './selection.js';

describe('--only', () => {
  it.each([
    [[], { database: true, files: 'all', config: false }],
    [['database'], { database: true, files: 'none', config: false }],
    [['files'], { database: false, files: 'all', config: false }],
    [['config'], { database: false, files: 'none', config: true }],
    [['.env'], { database: false, files: 'none', config: true }],
    [['database', 'storage/*.pdf', './docs/'], { database: true, files: ['storage/*.pdf', 'docs'], config: false }],
    [['files', 'docs'], { database: false, files: 'all', config: false }],
  ])('of %j selects %j', (values, selection) => {
    expect(parseOnly(values)).toEqual({ selection });
  });

  it('brings .env along when that is asked for', () => {
    expect(parseOnly([], { withEnv: true })).toEqual({ selection: { database: true, files: 'all', config: true } });
    expect(parseOnly(['database'], { withEnv: true })).toMatchObject({ selection: { files: 'none', config: true } });
  });

  it.each(['/etc/passwd', '../other', 'a/../../b', '.'])('refuses %s', (value) => {
    expect(parseOnly([value])).toMatchObject({ problem: { code: 'PATH_OUTSIDE_ROOT', path: value } });
  });
});

describe('the name of an entry', () => {
  const path = fc
    .array(fc.constantFrom('a', 'files', 'database.sql', 'env-backup.txt', 'backup-manifest.json', 'x.project'), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.join('/'));
  const suffix = fc.array(fc.constant('.project'), { maxLength: 2 }).map((parts) => parts.join(''));

  it.each(projectTypes)('of a $type leads back to its path', (type) => {
    fc.assert(
      fc.property(path, suffix, (start, end) => {
        const project = `${start}${end}`;
        expect(entryOf(type, archiveName(type, project))).toEqual({ is: 'file', path: project });
      }),
    );
  });

  it('may be one that the archive has for itself, or nobody', () => {
    for (const type of projectTypes) {
      const names = ['database.sql', 'env-backup.txt', 'backup-manifest.json'];
      expect(names.map((name) => entryOf(type, name).is)).toEqual(['dump', 'env', 'manifest']);
    }
    expect(entryOf(projectTypes[0]!, 'elsewhere/a')).toEqual({ is: 'foreign' });
    expect(entryOf(projectTypes[0]!, 'files/')).toEqual({ is: 'foreign' });
  });
});

describe('the head of a manifest', () => {
  it('that another program wrote says nothing', () => {
    expect(backedUp({ project: 'x' })).toBeUndefined();
  });
});

describe('the name of what is kept', () => {
  it('lies beside the live one, is recognised, and fits where names are long', () => {
    expect(keptPath('/srv/x/invoices', '20251122031000')).toBe('/srv/x/invoices.before-restore-20251122031000');
    const [one, other] = ['é', 'è'].map((end) => keptPath(`/srv/${'é'.repeat(126)}${end}`, '20251122031000'));
    expect(one).not.toBe(other);
    expect(Buffer.byteLength(one!) - '/srv/'.length).toBeLessThanOrEqual(255);
    expect([one!, '.havun-restore-1'].every(isOurs)).toBe(true);
    expect(['before-restore-1', '.havun', 'x.before-restore-', 'y.before-restore-1.txt'].some(isOurs)).toBe(false);
  });
});
