import { describe, expect, it } from '@jest/globals';
import {
  backupName,
  checksumContent,
  checksumPath,
  hotArchivePath,
  isRestoreName,
  localDate,
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
