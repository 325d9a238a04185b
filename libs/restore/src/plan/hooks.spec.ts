import { describe, expect, it } from '@jest/globals';
import { firstWord } from './hooks.js';

describe('the program of a hook', () => {
  it('is its first word, whatever is set before it and wherever its output goes', () => {
    for (const command of [
      'php artisan down',
      '  php',
      'APP_ENV=x php artisan',
      'php artisan > /dev/null 2>&1',
      'php x && php y',
    ]) {
      expect(firstWord(command)).toBe('php');
    }
    expect(firstWord('/usr/bin/php artisan')).toBe('/usr/bin/php');
  });

  it('is not judged where the command may end well without it, or the shell makes it up', () => {
    for (const command of [
      'php x || true',
      'php x; true',
      'php x | cat',
      'php x &',
      '$PHP x',
      '`which php` x',
      '(php x)',
      '',
      '"php" x',
    ]) {
      expect(firstWord(command)).toBeUndefined();
    }
  });
});
