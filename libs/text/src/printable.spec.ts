import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { indentedLines, printable, printableJson, printableLines } from './printable.js';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });

const moves = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/;

describe('a text that somebody else chose', () => {
  it('is shown as it is where it is plain, in any script', () => {
    for (const text of ['Factuur (2024).pdf', 'überholt\\neu', '発注書.pdf', 'مرحبا', '👍', 'a\u00a0b']) {
      expect(printable(text)).toBe(text);
    }
  });

  it('can neither clear the screen, colour a word, nor ring the bell', () => {
    expect(printable('\u001b[2J\u001b[32mok\u0007')).toBe('\\x1b[2J\\x1b[32mok\\x07');
    expect(printable('\u009b31m')).toBe('\\x9b31m');
  });

  it('can neither write over its line nor begin one of its own', () => {
    expect(printable('a.pdf\n✔ success\r')).toBe('a.pdf\\n✔ success\\r');
    expect(printable('a\u2028b')).toBe('a\\u2028b');
  });

  it('can neither be turned around nor have a part that nobody sees', () => {
    expect(printable('invoice\u202efdp.exe')).toBe('invoice\\u202efdp.exe');
    expect(printable('a\u200bb\ufeff')).toBe('a\\u200bb\\ufeff');
    expect(printable('a\ud800b')).toBe('a\\ud800b');
    expect(printable('\u{e0041}')).toBe('\\udb40\\udc41');
  });

  it('keeps its lines where it may have several', () => {
    expect(printableLines('one\ntwo\u001b[1m')).toBe('one\ntwo\\x1b[1m');
  });

  it('begins no line where ours begin, though it has several', () => {
    expect(indentedLines('refused\n✔ all good\n\nend')).toBe('refused\n    ✔ all good\n    \n    end');
  });

  it('has nothing left that moves a terminal, whatever it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(moves);
        expect(printable(text)).not.toContain('\n');
        expect(printableLines(text)).not.toMatch(moves);
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });
});

describe('JSON on a terminal', () => {
  it('says the same value without a character that moves it', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const json = printableJson(JSON.stringify(value, null, 2));
        expect(json).not.toMatch(moves);
        expect(JSON.parse(json)).toEqual(value);
      }),
    );
  });
});
