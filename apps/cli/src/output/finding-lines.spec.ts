import { describe, expect, it } from '@jest/globals';
import type { Terminal } from '../terminal.js';
import { printFindings } from './finding-lines.js';

function printed(found: Parameters<typeof printFindings>[1]): string {
  const lines: string[] = [];
  const terminal: Terminal = {
    json: false,
    width: 200,
    interactive: false,
    print: (text) => lines.push(text),
    printJson: () => undefined,
    remark: () => undefined,
  };
  printFindings(terminal, found);
  return lines.join('\n');
}
const thing = (name: string) => ({
  code: 'PATH_UNREADABLE',
  message: `${name} cannot be read`,
  remedy: 'Let it be read.',
});

describe('what a backup lacks', () => {
  it('is named, with each remedy once, before what is only to be known', () => {
    const warnings = [{ code: 'VANISHED', message: 'c.txt was removed' }];
    const text = printed({ kind: 'found', storage: 'local', missing: [thing('a.txt'), thing('b.txt')], warnings });
    expect(text).toMatch(
      /Missing from this backup: 2 things\n +a\.txt .*\n +Let it be read\.\n +b\.txt .*\n.*1 thing\n +c\.txt/,
    );
  });

  it('is named up to a bound, and the rest is counted', () => {
    const missing = Array.from({ length: 112 }, (_, at) => thing(`f${at}`));
    const text = printed({ kind: 'found', storage: 'local', missing, warnings: [] });
    expect(text).toContain('f39 cannot');
    expect(text).not.toContain('f40 cannot');
    expect(text).toContain('and 72 more');
  });

  it('is said to be unread where no copy opens', () => {
    expect(printed({ kind: 'unread', why: 'no copy is here' })).toContain("can't be read now: no copy is here");
    expect(printed({ kind: 'none' })).toBe('');
  });
});
