import { describe, expect, it } from '@jest/globals';
import type { ReconciledStorage } from '@havun/domain';
import { shown, type Terminal } from '../terminal.js';
import { printReconciliation, type ReconciliationReport } from './reconciliation-lines.js';

const none = { files: 0, bytes: 0, examples: [] };
const storage: ReconciledStorage = {
  storage: 'hetzner-storage-box-in-falkenstein',
  copies: 130_000,
  missing: 1,
  wrongSize: 0,
  damaged: 2,
  badCopies: [
    { backup: '2025-11-21-03-00-00-havunadmin', defect: 'missing', repaired: true },
    { backup: '2025-11-22-03-00-00-havunadmin', defect: 'damaged', repaired: false },
  ],
  moved: 0,
  withoutChecksum: 0,
  undeleted: 1,
  repaired: 1,
  notRepaired: [{ count: 1, code: 'NO_SPACE', message: 'No room for it', remedy: 'Make room.' }],
  unreadable: [],
  hashed: 12,
  hashedBytes: 50_000_000_000,
  overdue: 3,
  unknown: { files: 1, bytes: 1, examples: ['readme.txt'] },
  leftParts: none,
  usage: [{ project: 'havunadmin', tier: 'archive', files: 260_000, bytes: 518_000_000_000 }],
  availableBytes: 999_900_000_000,
};
const printed = (report: Partial<ReconciliationReport>, width: number): string[] => {
  const lines: string[] = [];
  const terminal: Terminal = {
    json: false,
    width,
    interactive: false,
    print: (text) => lines.push(...shown(text).split('\n')),
    printJson: () => undefined,
    remark: () => undefined,
  };
  printReconciliation({ dryRun: false, reconciled: [], notReconciled: [], ...report }, terminal);
  // Colours take no room.
  return lines.map((line) => line.replace(/\u001b\[\d+m/g, ''));
};

describe('what a comparison has found', () => {
  it('fits into 60 columns', () => {
    for (const line of printed({ reconciled: [storage] }, 60)) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('names the bad copies, what keeps them from being repaired, and what is overdue', () => {
    const text = printed({ reconciled: [{ ...storage, storage: 'box' }] }, 200).join('\n');
    for (const expected of [
      'box: 2025-11-21-03-00-00-havunadmin is missing, and was repaired',
      'box: 2025-11-22-03-00-00-havunadmin is damaged',
      'box: and 1 more bad copy',
      'box: 1 copy that the log says is deleted',
      'box: 1 copy could not be repaired: No room for it [NO_SPACE]',
      'box: 1 file that the log does not know (1 B), left alone: readme.txt',
      'box: 3 copies due to be read back',
      'havun storage:reconcile --repair',
    ])
      expect(text).toContain(expected);
  });

  it('advises no repair where every bad copy was repaired, and counts in good English', () => {
    const unknown = { files: 2, bytes: 5, examples: ['a.txt', 'b.txt'] };
    const repaired = { ...storage, storage: 'box', withoutChecksum: 0, repaired: 3, unknown, leftParts: unknown };
    const text = printed({ reconciled: [{ ...repaired, missing: 3, wrongSize: 0, damaged: 0 }] }, 200).join('\n');
    expect(text).not.toContain('storage:reconcile --repair');
    expect(text).toContain('2 files that the log does not know');
    expect(text).toContain('2 uploads that never ended');
  });

  it('says which storage was not compared, and why', () => {
    const away = { storage: 'box', code: 'UNREACHABLE', message: 'No answer', remedy: 'Look at the server.' };
    expect(printed({ notReconciled: [away] }, 80)).toEqual(['✖ box: No answer [UNREACHABLE]', '  Look at the server.']);
  });
});
