import { describe, expect, it } from '@jest/globals';
import { scrubber } from './scrub.js';

describe('scrubbing', () => {
  const scrub = scrubber(['pa"ss word', 'hunter22', 'hunter2233', 'abc']);

  it('takes a secret out wherever it stands, also as JSON and in a URL', () => {
    expect(scrub('login with pa"ss word failed')).toBe('login with [secret] failed');
    expect(scrub(JSON.stringify({ password: 'pa"ss word' }))).toBe('{"password":"[secret]"}');
    expect(scrub('mysql://backup:pa%22ss%20word@db')).toBe('mysql://backup:[secret]@db');
  });

  it('leaves nothing of a secret that another is the beginning of', () => {
    expect(scrub('hunter2233')).toBe('[secret]');
  });

  it('does not blacken what is too short to be a secret', () => {
    expect(scrub('abc')).toBe('abc');
  });
});
