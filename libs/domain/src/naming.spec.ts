import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  archivePath,
  backupName,
  checksumContent,
  checksumPath,
  hotArchivePath,
  isRestoreName,
  localDate,
  placeOfPath,
  projectInName,
  restoreName,
  startOfNextDay,
  timeInName,
} from './naming.js';

describe('the next local day', () => {
  it('begins at its first second, also where the day has 23 or 25 hours', () => {
    const next = (instant: string) => startOfNextDay(new Date(instant), 'Europe/Amsterdam').toISOString();
    expect(next('2025-11-21T22:59:58.500Z')).toBe('2025-11-21T23:00:00.000Z');
    expect(next('2025-03-29T23:00:00.000Z')).toBe('2025-03-30T22:00:00.000Z');
    expect(next('2025-10-25T22:00:00.000Z')).toBe('2025-10-26T23:00:00.000Z');
  });
});

describe('a backup name', () => {
  it('tells local time in the configured zone, in summer and in winter', () => {
    expect(backupName('havunadmin', new Date('2025-07-01T01:00:00Z'), 'Europe/Amsterdam')).toBe(
      '2025-07-01-03-00-00-havunadmin',
    );
    expect(backupName('havunadmin', new Date('2025-11-21T02:00:00Z'), 'Europe/Amsterdam')).toBe(
      '2025-11-21-03-00-00-havunadmin',
    );
  });

  it('writes midnight as hour 00', () => {
    expect(backupName('a', new Date('2025-11-20T23:00:00Z'), 'Europe/Amsterdam')).toBe('2025-11-21-00-00-00-a');
  });

  it('gives its project back, also one with dashes and digits', () => {
    expect(projectInName('2025-11-21-03-00-00-havun-mcp')).toBe('havun-mcp');
    expect(projectInName('2025-11-21-03-00-00-2024-site')).toBe('2024-site');
    expect(projectInName('havunadmin')).toBeUndefined();
  });

  it('leads to the places that the seed names', () => {
    const path = hotArchivePath('havunadmin', '2025-11-21-03-00-00-havunadmin');
    expect(path).toBe('havunadmin/hot/2025-11-21-03-00-00-havunadmin.zip');
    expect(checksumPath(path)).toBe('havunadmin/hot/2025-11-21-03-00-00-havunadmin.zip.sha256');
    expect(checksumContent(path, 'abc')).toBe('abc  2025-11-21-03-00-00-havunadmin.zip\n');
  });
});

describe('the name of a restore', () => {
  const name = restoreName('havun-mcp', new Date('2025-11-21T02:00:00Z'), 'Europe/Amsterdam');

  it('is told apart from a backup, and gives its project and time back like one', () => {
    expect(name).toBe('restore-2025-11-21-03-00-00-havun-mcp');
    expect([isRestoreName(name), isRestoreName('2025-11-21-03-00-00-havun-mcp'), isRestoreName('restore-it')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([projectInName(name), timeInName(name)]).toEqual(['havun-mcp', '2025-11-21-03-00-00']);
  });
});

it('a day begins at midnight where people are', () => {
  expect(localDate(new Date('2025-11-20T22:59:59Z'), 'Europe/Amsterdam')).toBe('2025-11-20');
  expect(localDate(new Date('2025-11-20T23:00:00Z'), 'Europe/Amsterdam')).toBe('2025-11-21');
});

describe('the place of a backup', () => {
  const name = '2025-11-21-03-00-00-havunadmin';

  it('is under the year and month of its name, once it is kept for years', () => {
    expect(archivePath('havunadmin', name)).toBe(`havunadmin/archive/2025/11/${name}.zip`);
    expect(() => archivePath('havunadmin', 'havunadmin')).toThrow(RangeError);
  });

  it('counts the month where people are: the last night of a month is not the first of the next', () => {
    const newYear = backupName('a', new Date('2025-12-31T23:30:00Z'), 'Europe/Amsterdam');
    expect(archivePath('a', newYear)).toBe('a/archive/2026/01/2026-01-01-00-30-00-a.zip');
  });

  it('is read back from its path, for every project and time', () => {
    const projects = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    const instants = fc.date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(projects, instants, (project, at) => {
        const itsName = backupName(project, at, 'Europe/Amsterdam');
        expect(placeOfPath(hotArchivePath(project, itsName))).toEqual({ project, tier: 'hot', name: itsName });
        expect(placeOfPath(archivePath(project, itsName))).toEqual({ project, tier: 'archive', name: itsName });
      }),
    );
  });

  it('is found also where a person has put it under another month', () => {
    expect(placeOfPath(`havunadmin/archive/2019/05/${name}.zip`)).toEqual({
      project: 'havunadmin',
      tier: 'archive',
      name,
    });
  });

  it('is none where the path is no backup of that project', () => {
    for (const path of [
      `other/hot/${name}.zip`,
      `havunadmin/${name}.zip`,
      `havunadmin/hot/2025/11/${name}.zip`,
      `havunadmin/archive/${name}.zip`,
      `havunadmin/archive/2025/${name}.zip`,
      `havunadmin/hot/${name}.zip.sha256`,
      `havunadmin/hot/restore-${name}.zip`,
      `/havunadmin/hot/${name}.zip`,
      `x/../havunadmin/hot/${name}.zip`,
      '',
    ]) {
      expect(placeOfPath(path)).toBeUndefined();
    }
  });
});
