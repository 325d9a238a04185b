import { describe, expect, it } from '@jest/globals';
import { formatBytes, formatDuration, formatInstant, plural } from './format.js';

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [52_500_000, '52.5 MB'],
    [999_960, '1.0 MB'],
    [245_800_000_000, '245.8 GB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [59.6, '1 min'],
    [250, '4 min 10 s'],
    [3600, '1 h'],
    [183_600, '2 d 3 h'],
    [-5, '0 s'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('instants and counts', () => {
  it('are in the configured zone', () => {
    expect(formatInstant('2025-11-21T02:00:00.000Z', 'Europe/Amsterdam')).toBe('2025-11-21 03:00:00');
  });

  it('count in English', () => {
    expect([plural(1, 'entry', 'entries'), plural(2651, 'file')]).toEqual(['1 entry', '2,651 files']);
  });
});
