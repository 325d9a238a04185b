import { describe, expect, it } from '@jest/globals';
import { markdownReport, plainReport, type Report } from './report.js';
import { markdownTable, plainTable } from './table.js';
import { belowVerdict, flatVerdict, sizeVerdict, speedVerdict, timeVerdict } from './verdict.js';

const result = (name: string, seconds: number[], outputBytes: number) => ({
  name,
  samples: seconds.map((each) => ({ seconds: each, outputBytes })),
});
const [own, peer] = [result('Havun', [10, 8, 90], 1015), result('peer', [41, 40, 2], 1000)];

describe('a verdict', () => {
  it('compares the medians of the times', () => {
    expect(speedVerdict('speed', own, peer, 4)).toMatchObject({ measured: '4.00 x', met: true });
    expect(speedVerdict('speed', own, peer, 4.1)).toMatchObject({ met: false });
    expect(timeVerdict('time', peer, own, 4)).toMatchObject({ measured: '4.00 x', met: true });
    expect(timeVerdict('time', peer, own, 3.9)).toMatchObject({ met: false });
  });

  it('on the size says how much larger', () => {
    expect(sizeVerdict('size', own, peer, 2)).toMatchObject({ measured: '+1.5 %', met: true });
    expect(sizeVerdict('size', own, peer, 1.4)).toMatchObject({ met: false });
    expect(sizeVerdict('size', peer, own, 0)).toMatchObject({ measured: '-1.5 %', met: true });
  });

  it('without the peer is open, not met', () => {
    expect(speedVerdict('speed', own, undefined, 4)).toMatchObject({ measured: 'peer missing', met: undefined });
  });

  it('under a limit goes by the worst, and something not measured does not pass', () => {
    expect(belowVerdict('memory', [10, 256], 256, 'MB')).toMatchObject({ measured: '256 MB', met: false });
    expect(belowVerdict('memory', [10, NaN], 256, 'MB')).toMatchObject({ met: false });
    expect(flatVerdict('memory', [100, 160], 1.5)).toMatchObject({ measured: '1.60 x', met: false });
  });
});

const table = {
  head: ['what', 'wall s'],
  rows: [
    ['the whole archive, speed', '1.5'],
    ['x', '10.25'],
  ],
};

describe('a table', () => {
  it('breaks its first column rather than the width, and puts numbers to the right', () => {
    expect(plainTable(table, 26)).toBe(
      [
        'what                wall s',
        '------------------  ------',
        'the whole archive,     1.5',
        '  speed',
        'x                    10.25',
      ].join('\n'),
    );
  });

  it('in Markdown has a rule below its head, and keeps bars out of its cells', () => {
    expect(markdownTable({ head: ['a'], rows: [['b|c']] })).toBe('| a |\n| --- |\n| b\\|c |');
  });
});

const report: Report = {
  machine: {
    date: '2025-11-21',
    cores: 2,
    cpu: 'EPYC',
    memoryBytes: 2 ** 34,
    system: 'Linux 6',
    loadBefore: [0.1, 1, 2],
  },
  loadAfter: [2, 1, 1],
  versions: ['Node v20'],
  rounds: 3,
  scale: 1,
  contests: [
    {
      scenario: 'archive',
      title: 'the mixed set',
      results: [own, peer],
      verdicts: [speedVerdict('speed', own, peer, 5)],
      missing: ['restic is not installed'],
      notes: ['A note.'],
    },
  ],
};

describe('a report', () => {
  it.each([
    ['text', plainReport(report, 80)],
    ['Markdown', markdownReport(report)],
  ])('says the conditions, what is missing and what was not met: %s', (_, text) => {
    for (const part of ['2 cores (EPYC)', '0.10 1.00 2.00', 'restic is not installed', 'A note.', 'NO', '8.00 - 90.00'])
      expect(text).toContain(part);
    expect(text).not.toContain('BUSY');
  });

  it('says when the machine was busy', () => {
    const busy = { ...report, machine: { ...report.machine, loadBefore: [1.1, 1, 1] } };
    expect(plainReport(busy, 80)).toContain('BUSY');
  });

  it('leaves out columns that nobody has figures for', () => {
    expect(plainReport(report, 80)).toContain('output MB');
    expect(plainReport(report, 80)).not.toContain('CPU s');
  });
});
