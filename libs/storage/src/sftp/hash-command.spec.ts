import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { parseSha256sum, shellQuoted } from './hash-command.js';

const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('the answer of sha256sum', () => {
  it.each([`${hash}  /b/a.zip\n`, `${hash} */b/a.zip\n`, `\\${hash}  /b/a\\\\b.zip\n`])('is understood: %j', (line) => {
    expect(parseSha256sum(line)).toBe(hash);
  });

  it.each([
    '',
    'Command not found\n',
    'sha256sum: /b/a.zip: No such file or directory\n',
    `${hash}\n`,
    `${hash.slice(1)}  /b/a.zip\n`,
    `${hash.toUpperCase()}  /b/a.zip\n`,
    `Welcome!\n${hash}  /b/a.zip\n`,
    `${hash}  /b/a.zip\n${hash}  /b/b.zip\n`,
  ])('is not guessed from %j', (output) => {
    expect(parseSha256sum(output)).toBeUndefined();
  });
});

describe('a path in a command line', () => {
  it.each(['/b/a.zip', "it's", '$(id)', '`id`', 'a b', '"', '\\', '*', '; true', 'é'])(
    'arrives unchanged: %j',
    (path) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellQuoted(path)}`], { encoding: 'utf8' })).toBe(path);
    },
  );

  it('never looks like an option', () => {
    expect(shellQuoted('-c')).toBe("'./-c'");
  });
});
