import { describe, expect, it } from '@jest/globals';
import { indent, mark, shown } from './terminal.js';

const withoutColours = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');

describe('what a terminal is given', () => {
  it('has our marks, and the lines that were meant', () => {
    expect(withoutColours(shown(`${mark('ok')} done\n${mark('failed')} not`))).toBe('✔ done\n✖ not');
  });

  it('has no control character of a name or message, and no colour that is not ours', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2K\u001b[32m✔\u001b[39m all good\u202e';
    expect(withoutColours(shown(`${mark('failed')} ${hostile}`))).toBe(
      '✖ \\x1b]0;owned\\x07\\x1b[2K\\x1b[32m✔\\x1b[39m all good\\u202e',
    );
  });

  it('counts a mark as the one character that it is when it wraps', () => {
    expect(withoutColours(shown(indent(`${mark('warning')} twelve times a day`, 2, 23)))).toBe(
      '  ! twelve times a day',
    );
  });
});
