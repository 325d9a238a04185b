import { describe, expect, it } from '@jest/globals';
import { linkStaysInside, nameFault, NameSet } from './names.js';

describe('entry names', () => {
  it.each(['a', 'files/één naam ☃.txt', 'with\nnewline', 'a:b', 'back\\slash', '..a/b..', 'x'.repeat(65_534)])(
    'accepts %j',
    (name) => {
      expect(nameFault(name)).toBeUndefined();
    },
  );

  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['\\\\server\\share', 'is absolute'],
    ['C:\\x', 'is absolute'],
    ['C:/x', 'is absolute'],
    ['..', 'contains ".."'],
    ['a/../b', 'contains ".."'],
    ['a\\..\\b', 'contains ".."'],
    ['a//b', 'has an empty or "." part'],
    ['a/', 'has an empty or "." part'],
    ['./a', 'has an empty or "." part'],
    ['a\0b', 'contains NUL'],
    ['\ud800', 'is not valid Unicode'],
    ['x'.repeat(65_535), 'is longer than 65,534 bytes'],
    ['é'.repeat(32_768), 'is longer than 65,534 bytes'],
  ])('refuses %j', (name, fault) => {
    expect(nameFault(name)).toBe(fault);
  });
});

describe('link targets', () => {
  it.each([
    ['link', 'photo.jpg'],
    ['a/b/link', '../../c'],
    ['a/link', './b/./c'],
    ['a/link', '..'],
    ['link', '.'],
  ])('%s -> %s stays inside', (name, target) => {
    expect(linkStaysInside(name, target)).toBe(true);
  });

  it.each([
    ['link', '/etc/passwd'],
    ['link', '..'],
    ['a/link', '../../x'],
    ['p/q/link', 'a/../../../..'],
    // The text looks harmless, but `other` may be a link to the root: then this is one level above it.
    ['link', 'other/../x'],
    ['link', ''],
  ])('%s -> %s may leave', (name, target) => {
    expect(linkStaysInside(name, target)).toBe(false);
  });
});

describe('the names of one archive', () => {
  const named = (...entries: [string, boolean][]): NameSet => {
    const names = new NameSet();
    for (const [name, isFolder] of entries) names.add(name, isFolder);
    return names;
  };
  const duplicate = expect.objectContaining({ code: 'DUPLICATE_NAME' });

  it('may hold a folder after what is in it', () => {
    expect(() => named(['a/b/c', false], ['a/b', true], ['a', true], ['a/b/d', false])).not.toThrow();
  });

  it('holds each name once', () => {
    expect(() => named(['a', false], ['a', false])).toThrow(duplicate);
    expect(() => named(['a', true], ['a', true])).toThrow(duplicate);
    expect(() => named(['a/b', false], ['a', true], ['a', true])).toThrow(duplicate);
  });

  it('holds nothing below a file, whichever comes first', () => {
    expect(() => named(['a', false], ['a/b', false])).toThrow(duplicate);
    expect(() => named(['a/b/c', false], ['a', false])).toThrow(duplicate);
    expect(() => named(['a/b', false], ['a/b/c/d', false])).toThrow(duplicate);
  });

  it('still knows every name after growing', () => {
    const names = new NameSet();
    for (let i = 0; i < 5000; i++) names.add(`files/${i}`, false);
    expect(() => {
      names.add('files/0', false);
    }).toThrow(duplicate);
    expect(() => {
      names.add('files/4999/x', false);
    }).toThrow(duplicate);
    names.add('files/5000', false);
  });
});
